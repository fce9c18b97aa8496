// A stand-in for Amazon Cognito's endpoints, as the app, the browser and the proxy see them.
// It does what Cognito is known to do and nothing to make the proxy's life easier.
import { randomBytes } from "node:crypto";

import { html, page, styleReply } from "../html.mjs";
import { answer, json, redirect } from "../http-server.mjs";
import { createBackendClient } from "./backend-client.mjs";
import { FederationError, createFederation } from "./federation.mjs";
import { nonceFor, openState, sealState } from "./state.mjs";
import { createUserPool } from "./user-pool.mjs";

const USER_POOL_ID = "eu-west-2_LocalPool";

/**
 * @param socket an open server, reached by browsers as `origin`
 * @param app `{ clientId, redirectUri }` of the app client
 * @param provider the identity provider as an operator enters it, `sendNonce` included
 * @param onBackendCall hears each call of Cognito's backend, and the state of the sign-in it belongs to
 */
export async function startCognito({ socket, origin, app, provider, onExchange, onBackendCall }) {
  const key = randomBytes(32);
  const redirectUri = `${origin}/oauth2/idpresponse`;
  const pool = await createUserPool({
    origin,
    userPoolId: USER_POOL_ID,
    providerName: provider.name,
  });
  const federation = createFederation(provider, { redirectUri });

  function authorize({ url: { searchParams: query }, cookies }) {
    if (query.get("client_id") !== app.clientId) return errorPage("Client does not exist");
    if (query.get("redirect_uri") !== app.redirectUri) return errorPage("redirect_mismatch");
    const refuse = (error) =>
      redirect(withQuery(app.redirectUri, { error, state: query.get("state") }));
    if (query.get("response_type") !== "code") return refuse("unsupported_response_type");
    if (query.get("code_challenge_method") !== "S256") return refuse("invalid_request");

    const cookie = cookies.get("cognito") ?? randomBytes(48).toString("base64url");
    const state = sealState(
      {
        userPoolId: USER_POOL_ID,
        providerName: provider.name,
        clientId: app.clientId,
        redirectUri: app.redirectUri,
        scopes: (query.get("scope") ?? "openid").split(" "),
        state: query.get("state"),
        codeChallenge: query.get("code_challenge"),
        nonce: query.get("nonce"),
        serverHostPort: new URL(origin).host,
      },
      { key, cookie, nowSeconds: Math.floor(Date.now() / 1000) },
    );
    const nonce = provider.sendNonce ? nonceFor(state, key) : undefined;
    return redirect(federation.authorizationUrl({ state, nonce }), {
      cookies: [`cognito=${cookie}; Path=/; Secure; HttpOnly; SameSite=Lax`],
    });
  }

  async function idpResponse({ url: { searchParams: query }, cookies }) {
    const state = query.get("state");
    const nowSeconds = Math.floor(Date.now() / 1000);
    const signIn = openState(state, { key, cookie: cookies.get("cognito"), nowSeconds });
    if (!signIn) return errorPage("Invalid state: forged, another browser’s, or too old");

    const backToApp = (parameters) =>
      redirect(withQuery(signIn.redirectUri, { ...parameters, state: signIn.state }));
    if (query.has("error")) {
      return backToApp({
        error: query.get("error"),
        error_description: query.get("error_description"),
      });
    }
    try {
      const nonce = provider.sendNonce ? nonceFor(state, key) : undefined;
      const fetch = createBackendClient({ onCall: (call) => onBackendCall?.(call, state) });
      const profile = await federation.redeem(query, { state, nonce, fetch });
      return backToApp({ code: pool.issueCode(signIn, profile) });
    } catch (error) {
      if (!(error instanceof FederationError)) throw error;
      return backToApp({ error: "invalid_request", error_description: error.message });
    }
  }

  async function token({ body }) {
    const form = new URLSearchParams(body.toString("utf8"));
    if (form.get("grant_type") !== "authorization_code") {
      return json(400, { error: "unsupported_grant_type" });
    }
    const tokens = await pool.redeem(form);
    return tokens ? json(200, tokens) : json(400, { error: "invalid_grant" });
  }

  const wellKnown = `/${USER_POOL_ID}/.well-known`;
  answer(socket, {
    onExchange,
    routes: {
      "GET /oauth2/authorize": authorize,
      "GET /oauth2/idpresponse": idpResponse,
      "POST /oauth2/token": token,
      [`GET ${wellKnown}/openid-configuration`]: () => json(200, pool.metadata),
      [`GET ${wellKnown}/jwks.json`]: () => json(200, pool.jwks),
      "GET /style.css": styleReply,
    },
  });

  return { issuer: pool.issuer, metadata: pool.metadata, redirectUri };
}

function withQuery(uri, parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null);
  return `${uri}?${new URLSearchParams(given)}`;
}

const errorPage = (reason) =>
  page({
    status: 400,
    title: "Error · Cognito stand-in",
    className: "cognito",
    body: html`
<main class="sheet">
  <p class="brand"><span class="mark" aria-hidden="true"></span>Cognito stand-in</p>
  <h1>An error was encountered with the requested page.</h1>
  <p class="muted">${reason}</p>
</main>`,
  });
