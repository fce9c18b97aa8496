// The user pool's own side: the codes and tokens that the app gets. It knows nothing of the identity provider
// but the claims it handed over.
import { createHash, randomUUID } from "node:crypto";

import { SignJWT, exportJWK, generateKeyPair } from "jose";

const CODE_LIFETIME_MS = 5 * 60 * 1000;
const TOKEN_LIFETIME_SECONDS = 3600;

export async function createUserPool({ origin, userPoolId, providerName }) {
  const issuer = `${origin}/${userPoolId}`;
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const kid = randomUUID();
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" }] };
  const grants = new Map();

  const sign = (claims, { subject, issuedAt }) =>
    new SignJWT(claims)
      .setProtectedHeader({ kid, alg: "RS256" })
      .setIssuer(issuer)
      .setSubject(subject)
      .setJti(randomUUID())
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + TOKEN_LIFETIME_SECONDS);

  async function issueTokens({ signIn, profile }) {
    const issuedAt = Math.floor(Date.now() / 1000);
    const { sub: userId, email, email_verified: emailVerified, name } = profile;
    const username = `${providerName}_${userId}`;
    const subject = pseudonym(username);
    const common = { origin_jti: randomUUID(), event_id: randomUUID(), auth_time: issuedAt };
    const idToken = sign(
      {
        ...common,
        "cognito:username": username,
        "cognito:groups": [`${userPoolId}_${providerName}`],
        identities: [
          {
            userId,
            providerName,
            providerType: "OIDC",
            issuer: null,
            primary: "true",
            dateCreated: String(issuedAt * 1000),
          },
        ],
        token_use: "id",
        name,
        email,
        email_verified: emailVerified,
        ...(signIn.nonce && { nonce: signIn.nonce }),
      },
      { subject, issuedAt },
    ).setAudience(signIn.clientId);
    const accessToken = sign(
      {
        ...common,
        client_id: signIn.clientId,
        token_use: "access",
        scope: signIn.scopes.join(" "),
        username,
        version: 2,
      },
      { subject, issuedAt },
    );
    return {
      id_token: await idToken.sign(privateKey),
      access_token: await accessToken.sign(privateKey),
      refresh_token: randomUUID(),
      expires_in: TOKEN_LIFETIME_SECONDS,
      token_type: "Bearer",
    };
  }

  return {
    issuer,
    jwks,
    metadata: {
      issuer,
      authorization_endpoint: `${origin}/oauth2/authorize`,
      token_endpoint: `${origin}/oauth2/token`,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
    },

    /** A code for the app, good once and for five minutes. */
    issueCode(signIn, profile) {
      const code = randomUUID();
      grants.set(code, { signIn, profile, expiresAt: Date.now() + CODE_LIFETIME_MS });
      return code;
    },

    /** The token response, or undefined where RFC 6749 says `invalid_grant`. */
    async redeem(form) {
      const grant = grants.get(form.get("code"));
      grants.delete(form.get("code"));
      const { signIn } = grant ?? {};
      const redeemable =
        grant &&
        Date.now() < grant.expiresAt &&
        form.get("client_id") === signIn.clientId &&
        form.get("redirect_uri") === signIn.redirectUri &&
        challengeOf(form.get("code_verifier") ?? "") === signIn.codeChallenge;
      return redeemable ? issueTokens(grant) : undefined;
    },
  };
}

const challengeOf = (verifier) => createHash("sha256").update(verifier).digest("base64url");

/** The pool's own subject for a federated user: a UUID that stays the same from sign-in to sign-in. */
function pseudonym(username) {
  const hex = createHash("sha256").update(username).digest("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}
