// The environment of each Lambda in the local stack: the same variables that a deployment sets.
// It must hold no secret, only the names under which Secrets Manager keeps them.
import { CREDENTIALS, REGION } from "../aws.mjs";
import { TRANSACTION_TABLE } from "../transaction-table.mjs";

export const SECRETS = {
  transaction: "local/transaction",
  cognitoClient: "local/cognito-client-secret",
  signingKey: "local/signing-key",
  jwks: "local/jwks",
};

/**
 * @param idp what `startIdp` gives
 * @param overrides more or other variables by function name, `all` for every function
 */
export function lambdaEnvironments({
  awsEndpoint,
  idp,
  clientId,
  scopes,
  pkce,
  store,
  jwks: publishesKeys,
  audience,
  cognitoRedirectUri,
  proxyCallbackUrl,
  overrides = {},
}) {
  const common = {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_ENDPOINT_URL: awsEndpoint,
    IDP_CLIENT_ID: clientId,
    IDP_ISSUER_URL: idp.issuer,
    COGNITO_REDIRECT_URI: cognitoRedirectUri,
    ...overrides.all,
  };
  const callbackUrl = { PROXY_CALLBACK_URL: proxyCallbackUrl };
  const transaction = {
    TRANSACTION_STORE: store,
    ...(store === "dynamodb"
      ? { TRANSACTION_TABLE_NAME: TRANSACTION_TABLE }
      : { TRANSACTION_SECRET_ID: SECRETS.transaction }),
  };
  const token = {
    ...common,
    PKCE: String(pkce),
    IDP_TOKEN_PATH: idp.paths.token,
    COGNITO_CLIENT_SECRET_ID: SECRETS.cognitoClient,
    SIGNING_KEY_SECRET_ID: SECRETS.signingKey,
    CLIENT_ASSERTION_AUDIENCE: audience,
    ...(pkce && { ...callbackUrl, ...transaction }),
    ...overrides.token,
  };
  const jwks = publishesKeys && {
    jwks: { ...common, JWKS_SECRET_ID: SECRETS.jwks, ...overrides.jwks },
  };
  if (!pkce) return { token, ...jwks };

  const authorize = {
    ...common,
    ...callbackUrl,
    ...transaction,
    IDP_AUTH_PATH: idp.paths.authorization,
    IDP_SCOPES: scopes.join(" "),
    ...overrides.authorize,
  };
  const callback = {
    ...common,
    ...transaction,
    IDP_AUTHORIZATION_RESPONSE_ISS: "required",
    ...overrides.callback,
  };
  return { authorize, callback, token, ...jwks };
}
