// The demo app's OpenID Connect: a plain relying party of Cognito with oauth4webapi, PKCE, state and nonce.
// It knows Cognito only, like any app of a user pool.
import * as oauth from "oauth4webapi";

const OPTIONS = { [oauth.allowInsecureRequests]: true };

/** @param backChannelOrigin where the app's server reaches Cognito, whose public name only browsers resolve */
export function createRelyingParty({ metadata, backChannelOrigin, clientId, redirectUri, scopes }) {
  const client = { client_id: clientId };
  const server = {
    ...metadata,
    token_endpoint: toBackChannel(metadata.token_endpoint, backChannelOrigin),
    jwks_uri: toBackChannel(metadata.jwks_uri, backChannelOrigin),
  };

  return {
    /** Where to send the browser, and what to remember until it's back. */
    async begin() {
      const pending = {
        state: oauth.generateRandomState(),
        nonce: oauth.generateRandomNonce(),
        codeVerifier: oauth.generateRandomCodeVerifier(),
      };
      const query = new URLSearchParams({
        client_id: clientId,
        redirect_uri: redirectUri,
        response_type: "code",
        scope: scopes.join(" "),
        state: pending.state,
        nonce: pending.nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(pending.codeVerifier),
        code_challenge_method: "S256",
      });
      return { pending, location: `${metadata.authorization_endpoint}?${query}` };
    },

    /** The ID token's claims. Throws oauth4webapi's errors, an `AuthorizationResponseError` for `error=…`. */
    async finish(parameters, { state, nonce, codeVerifier }) {
      const callback = oauth.validateAuthResponse(server, client, parameters, state);
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        oauth.None(),
        callback,
        redirectUri,
        codeVerifier,
        OPTIONS,
      );
      const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
        expectedNonce: nonce,
        requireIdToken: true,
      });
      await oauth.validateApplicationLevelSignature(server, response, OPTIONS);
      return oauth.getValidatedIdTokenClaims(tokens);
    },
  };
}

function toBackChannel(url, origin) {
  const { pathname } = new URL(url);
  return `${origin}${pathname}`;
}
