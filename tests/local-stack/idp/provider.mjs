// The identity provider: oidc-provider at its strictest for one client. PKCE S256, private_key_jwt and nothing else,
// codes that live half a minute, `iss` in every response. It must not relax anything for the proxy's sake.
import { randomBytes } from "node:crypto";

import { exportJWK, generateKeyPair } from "jose";

import { html, page, styleReply } from "../html.mjs";
import { now, parseCookies } from "../http-server.mjs";
import { findAccount } from "./accounts.mjs";
import { strictClientAssertion } from "./client-assertion.mjs";
import { answerInteraction } from "./login.mjs";
import { Provider } from "./oidc-provider.mjs";
import { createStore } from "./store.mjs";

const CODE_LIFETIME_SECONDS = 30;
const INTERACTION_LIFETIME_SECONDS = 600;

/**
 * @param socket an open server
 * @param path the issuer's own path, such as "/realms/demo", or ""
 * @param client `{ clientId, redirectUri, alg, jwksUri }`; with a `jwksUri`, its keys are fetched from there
 * @param assertion `{ audience, typ }`: what each client assertion must say
 */
export async function startIdp({ socket, path = "", client, assertion, requirePkce, onExchange }) {
  const issuer = `http://127.0.0.1:${socket.port}${path}`;
  let clientKeys = { keys: [], fetchedAgain: 0 };

  const provider = new Provider(issuer, {
    ...(await strictSettings({ alg: client.alg, assertion, requirePkce })),
    adapter: createStore({
      currentClient: (id) =>
        id === client.clientId ? clientMetadata({ ...client, ...clientKeys }) : undefined,
    }),
    interactions: { url: (_context, { uid }) => `${path}/interaction/${uid}` },
    renderError(context, error) {
      const { headers, body } = errorPage(error, path);
      context.set(headers);
      context.body = body;
    },
  });

  // oidc-provider takes the issuer and the token endpoint for an audience; this one takes what it's told to.
  provider.OIDCContext.prototype.clientJwtAuthExpectedAudience = () =>
    new Set([assertion.audience]);

  const authorizationRequests = [];
  const tokenRequests = [];
  const bodies = new WeakMap();
  provider.use(async (context, next) => {
    await next();
    forgetSession(provider, context);
    const { route, body: form } = context.oidc ?? {};
    if (route === "authorization") authorizationRequests.push({ ...context.query });
    if (route !== "token") return;
    const { status, body } = context;
    bodies.set(context.req, { form, body: JSON.stringify(body) });
    tokenRequests.push({ form, headers: context.headers, status, body });
  });

  const answerOidc = provider.callback();
  socket.server.on("request", (incoming, outgoing) => {
    const startedAt = now();
    outgoing.once("finish", () =>
      onExchange?.({
        ...describe({ incoming, outgoing, ...bodies.get(incoming) }),
        startedAt,
        durationMs: now() - startedAt,
      }),
    );
    if (!incoming.url.startsWith(`${path}/`)) return outgoing.writeHead(404).end();
    incoming.originalUrl = incoming.url;
    incoming.url = incoming.url.slice(path.length);
    if (incoming.url === "/style.css") return writePage(outgoing, styleReply());
    if (!incoming.url.startsWith("/interaction/")) return answerOidc(incoming, outgoing);
    return answerInteraction({ provider, basePath: path, incoming, outgoing }).catch((error) =>
      writePage(outgoing, { ...errorPage(error, path), status: 400 }),
    );
  });

  return {
    issuer,
    paths: { authorization: "/auth", token: "/token", jwks: "/jwks", userinfo: "/me" },
    /** Every authorization request's query, and every token request with its answer, oldest first. */
    authorizationRequests,
    tokenRequests,
    /** Replaces the client's registered public keys. */
    registerClientKeys(publicJwks) {
      clientKeys = { ...clientKeys, keys: publicJwks };
    },
    /** Forgets the keys it fetched, as it would by itself after a minute or more. */
    forgetFetchedKeys() {
      clientKeys = { ...clientKeys, fetchedAgain: clientKeys.fetchedAgain + 1 };
    },
  };
}

async function strictSettings({ alg, assertion, requirePkce }) {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  return {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: "RS256", use: "sig", kid: "idp-1" }] },
    cookies: { keys: [randomBytes(32).toString("base64url")] },
    clientAuthMethods: ["private_key_jwt"],
    enabledJWA: { clientAuthSigningAlgValues: [alg] },
    assertJwtClientAuthClaimsAndHeader: strictClientAssertion(assertion),
    // Its guard against fetching from this very machine is right elsewhere: here everything is on this machine.
    fetch: (url, { dispatcher: _guard, ...options }) => fetch(url, options),
    clockTolerance: 5,
    pkce: { required: () => requirePkce },
    responseTypes: ["code"],
    scopes: ["openid", "email", "profile"],
    claims: { email: ["email", "email_verified"], profile: ["name", "given_name", "family_name"] },
    features: {
      claimsParameter: { enabled: true },
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
    },
    findAccount,
    loadExistingGrant: grantWhatIsAsked,
    // Each sign-in shows the login form: nobody stays signed in, so nothing may depend on a session.
    expiresWithSession: () => false,
    ttl: {
      AuthorizationCode: CODE_LIFETIME_SECONDS,
      AccessToken: 300,
      IdToken: 300,
      Interaction: INTERACTION_LIFETIME_SECONDS,
      Session: INTERACTION_LIFETIME_SECONDS,
      Grant: INTERACTION_LIFETIME_SECONDS,
    },
  };
}

// A client of other metadata is another one to oidc-provider, and the keys it fetched are kept with the client.
const clientMetadata = ({ clientId, redirectUri, alg, jwksUri, keys, fetchedAgain }) => ({
  client_id: clientId,
  client_name: `Cognito (${fetchedAgain})`,
  redirect_uris: [redirectUri],
  grant_types: ["authorization_code"],
  response_types: ["code"],
  token_endpoint_auth_method: "private_key_jwt",
  token_endpoint_auth_signing_alg: alg,
  id_token_signed_response_alg: "RS256",
  ...(jwksUri ? { jwks_uri: jwksUri } : { jwks: { keys } }),
});

async function grantWhatIsAsked({ oidc }) {
  const grant = new oidc.provider.Grant({
    clientId: oidc.client.clientId,
    accountId: oidc.session.accountId,
  });
  grant.addOIDCScope(oidc.params.scope);
  grant.addOIDCClaims([...oidc.requestParamClaims]);
  await grant.save();
  return grant;
}

function forgetSession(provider, context) {
  const name = provider.cookieName("session");
  if (context.oidc?.session?.accountId) context.cookies.set(name, null, { overwrite: true });
}

/** What happened, in the form in which the other servers tell it. A login form's content is left out. */
function describe({ incoming, outgoing, form, body }) {
  const location = outgoing.getHeader("location");
  return {
    request: {
      method: incoming.method,
      url: new URL(`http://${incoming.headers.host}${incoming.originalUrl ?? incoming.url}`),
      headers: incoming.headers,
      cookies: parseCookies(incoming.headers.cookie),
      body: Buffer.from(new URLSearchParams(form).toString()),
    },
    reply: {
      status: outgoing.statusCode,
      headers: { ...(location && { location }) },
      cookies: [outgoing.getHeader("set-cookie") ?? []].flat(),
      body,
    },
  };
}

const errorPage = ({ error = "invalid_request", error_description: description }, path) =>
  page({
    title: "Sign-in failed · Strict ID",
    stylesheetPath: `${path}/style.css`,
    className: "idp",
    body: html`
<main class="sheet">
  <p class="brand"><span class="mark" aria-hidden="true"></span>Strict ID</p>
  <h1>This can’t go on</h1>
  <p><code>${error}</code></p>
  <p class="muted">${description}</p>
</main>`,
  });

function writePage(outgoing, { status = 200, headers, body }) {
  outgoing.writeHead(status, headers).end(body);
}
