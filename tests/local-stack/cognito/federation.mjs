// Cognito's leg towards an OIDC provider: the authorization request, and what it does with the code it gets back.
// The protocol is oauth4webapi's; here is only what Cognito asks of it, and how it words a failure.
import * as oauth from "oauth4webapi";

/** A failure as Cognito tells it to the app: `<Provider> Error - <status> <error> <description>`. */
export class FederationError extends Error {
  constructor(providerName, ...words) {
    super(`${providerName} Error - ${words.filter(Boolean).join(" ")}`);
  }
}

/** @param provider the identity provider as an operator enters it in Cognito: names, endpoints, client and secret */
export function createFederation(provider, { redirectUri }) {
  const client = { client_id: provider.clientId, id_token_signed_response_alg: "RS256" };

  return {
    /** In Cognito's order, with `+` for a space, and nothing that Cognito doesn't send. */
    authorizationUrl({ state, nonce }) {
      const query = new URLSearchParams([
        ["client_id", provider.clientId],
        ["redirect_uri", redirectUri],
        ["scope", provider.scopes.join(" ")],
        ["response_type", "code"],
        ["state", state],
        ...(nonce ? [["nonce", nonce]] : []),
      ]);
      return `${provider.authorizationEndpoint}?${query}`;
    },

    /** From the response at `/oauth2/idpresponse` to the user's claims, by calls of the backend's `fetch`. */
    async redeem(parameters, { state, nonce, fetch }) {
      const options = { [oauth.customFetch]: fetch, [oauth.allowInsecureRequests]: true };
      // A new object each time: oauth4webapi keeps a JWKS per object, and Cognito fetches it for every ID token.
      const server = {
        issuer: provider.issuer,
        token_endpoint: provider.tokenEndpoint,
        jwks_uri: provider.jwksUri,
        userinfo_endpoint: provider.userinfoEndpoint,
      };
      try {
        const callback = oauth.validateAuthResponse(server, client, parameters, state);
        const response = await oauth.authorizationCodeGrantRequest(
          server,
          client,
          oauth.ClientSecretPost(provider.clientSecret),
          callback,
          redirectUri,
          oauth.nopkce,
          options,
        );
        await refuseError(provider.name, response);
        const tokens = await readTokens(server, client, response, nonce);
        await oauth.validateApplicationLevelSignature(server, response, options);
        const { sub } = oauth.getValidatedIdTokenClaims(tokens);
        const userinfo = await oauth.userInfoRequest(server, client, tokens.access_token, options);
        await refuseError(provider.name, userinfo);
        return {
          ...oauth.getValidatedIdTokenClaims(tokens),
          ...(await oauth.processUserInfoResponse(server, client, sub, userinfo)),
        };
      } catch (error) {
        if (error instanceof FederationError) throw error;
        throw new FederationError(provider.name, error.code, error.message);
      }
    },
  };
}

/**
 * Cognito checks the nonce that it sent. Where it sent none it ignores one in the ID token, which oauth4webapi's
 * answer to a code grant doesn't allow; its generic answer leaves the nonce alone and checks all the rest.
 */
async function readTokens(server, client, response, nonce) {
  if (nonce) {
    return oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
  }
  const tokens = await oauth.processGenericTokenEndpointResponse(server, client, response);
  if (!tokens.id_token) throw new Error("the token response has no ID token");
  return tokens;
}

async function refuseError(providerName, response) {
  if (response.status === 200) return;
  const { error, error_description: description } = await response.json().catch(() => ({}));
  throw new FederationError(providerName, response.status, error, description);
}
