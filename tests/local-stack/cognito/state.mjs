// Cognito's own `state`: b64url(gzip(JSON)).b64url(gzip(MAC)).N, 677 to 743 characters long, opaque to everybody else.
// It is authenticated, not encrypted, and tied to the `cognito` cookie and to five minutes.
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";

const LIFETIME_SECONDS = 5 * 60;
const KEY_VERSION = "3";

/** @param signIn what Cognito must remember of the app's request */
export function sealState(signIn, { key, cookie, nowSeconds }) {
  const text = JSON.stringify({
    userPoolId: signIn.userPoolId,
    providerName: signIn.providerName,
    clientId: signIn.clientId,
    redirectURI: signIn.redirectUri,
    responseType: "code",
    providerType: "OIDC",
    scopes: signIn.scopes,
    state: signIn.state,
    codeChallenge: signIn.codeChallenge,
    codeChallengeMethod: "S256",
    nonce: signIn.nonce,
    serverHostPort: signIn.serverHostPort,
    creationTimeSeconds: nowSeconds,
    session: randomBytes(32).toString("base64url"),
    userAttributes: null,
    isStateForLinkingSession: false,
  });
  return `${pack(text)}.${pack(mac(text, key, cookie))}.${KEY_VERSION}`;
}

/** The sign-in a state stands for, or undefined where it's forged, too old, or another browser's. */
export function openState(state, { key, cookie, nowSeconds }) {
  const [payload, tag, version, ...rest] = String(state).split(".");
  if (!tag || version !== KEY_VERSION || rest.length > 0) return undefined;
  try {
    const text = unpack(payload);
    if (!timingSafeEqual(unpack(tag), mac(text, key, cookie))) return undefined;
    const { creationTimeSeconds, redirectURI: redirectUri, ...signIn } = JSON.parse(text);
    return nowSeconds - creationTimeSeconds < LIFETIME_SECONDS
      ? { ...signIn, redirectUri }
      : undefined;
  } catch {
    return undefined;
  }
}

/** A nonce of the length Cognito is said to use, which needn't be remembered: the state it belongs to implies it. */
export const nonceFor = (state, key) =>
  Buffer.from(hkdfSync("sha512", key, state, "nonce", 128)).toString("base64url");

const pack = (bytes) => gzipSync(bytes).toString("base64url");

const unpack = (text) => gunzipSync(Buffer.from(text, "base64url"));

const mac = (text, key, cookie) =>
  createHmac("sha256", key).update(text).update(`\n${cookie}`).digest();
