// What each Lambda finds in its environment: the operator's settings and what the stack knows.
// crates/environment.json is the contract; a test holds these lists against it. No secret, only names of secrets.
import type * as dynamodb from "aws-cdk-lib/aws-dynamodb";

import type { Configuration } from "./configuration/read.ts";
import type { ProxySecrets } from "./proxy-secrets.ts";

type Environment = Readonly<Record<string, string>>;

/** What the stack knows and the operator doesn't. */
export interface Deployed {
  readonly cognitoRedirectUri: string;
  readonly proxyCallbackUrl: string;
  readonly secrets: ProxySecrets;

  /** Only with the store `dynamodb`. */
  readonly transactionTable: dynamodb.ITable | undefined;
}

export function authorizeEnvironment(
  configuration: Configuration,
  deployed: Deployed,
): Environment {
  return defined({
    ...common(configuration, deployed),
    ...transactions(configuration, deployed),
    IDP_AUTHORIZATION_ENDPOINT: configuration.idpAuthorizationEndpoint,
    IDP_AUTH_PATH: configuration.idpAuthPath,
    IDP_SCOPES: configuration.idpScopes,
    IDP_AUTHORIZATION_PARAMETERS: json(configuration.idpAuthorizationParameters),
    IDP_AUTHORIZATION_URL_MAX_LENGTH: configuration.idpAuthorizationUrlMaxLength,
    PROXY_CALLBACK_URL: deployed.proxyCallbackUrl,
  });
}

export function callbackEnvironment(configuration: Configuration, deployed: Deployed): Environment {
  return defined({
    ...common(configuration, deployed),
    ...transactions(configuration, deployed),
    IDP_AUTHORIZATION_RESPONSE_ISS: configuration.idpAuthorizationResponseIss,
  });
}

export function tokenEnvironment(configuration: Configuration, deployed: Deployed): Environment {
  return defined({
    ...common(configuration, deployed),
    PKCE: configuration.pkce,
    ...(configuration.pkce && {
      ...transactions(configuration, deployed),
      PROXY_CALLBACK_URL: deployed.proxyCallbackUrl,
    }),
    IDP_TOKEN_ENDPOINT: configuration.idpTokenEndpoint,
    IDP_TOKEN_PATH: configuration.idpTokenPath,
    IDP_CONNECT_TIMEOUT_MS: configuration.idpConnectTimeoutMs,
    IDP_TIMEOUT_MS: configuration.idpTimeoutMs,
    COGNITO_CLIENT_SECRET_ID: deployed.secrets.cognitoClientSecret.secretArn,
    SIGNING_KEY_SECRET_ID: deployed.secrets.signingKey.secretArn,
    SIGNING_KEY_KID: configuration.signingKeyKid,
    CLIENT_ASSERTION_ALG: configuration.clientAssertionAlg,
    CLIENT_ASSERTION_AUDIENCE: configuration.clientAssertionAudience,
    CLIENT_ASSERTION_TYP: configuration.clientAssertionTyp,
    CLIENT_ASSERTION_LIFETIME_SECONDS: configuration.clientAssertionLifetimeSeconds,
    CLIENT_ASSERTION_CERTIFICATE_HEADER: configuration.clientAssertionCertificateHeader,
  });
}

export function jwksEnvironment(configuration: Configuration, deployed: Deployed): Environment {
  return defined({
    JWKS_SECRET_ID: deployed.secrets.publicKeys?.secretArn,
    JWKS_MAX_AGE_SECONDS: configuration.jwksMaxAgeSeconds,
    SECRETS_MAX_AGE_SECONDS: configuration.secretsMaxAgeSeconds,
  });
}

function common(configuration: Configuration, deployed: Deployed) {
  return {
    IDP_CLIENT_ID: configuration.idpClientId,
    IDP_ISSUER_URL: configuration.idpIssuerUrl,
    COGNITO_REDIRECT_URI: deployed.cognitoRedirectUri,
    SECRETS_MAX_AGE_SECONDS: configuration.secretsMaxAgeSeconds,
  };
}

function transactions(configuration: Configuration, deployed: Deployed) {
  return {
    TRANSACTION_STORE: configuration.transactionStore,
    TRANSACTION_SECRET_ID: deployed.secrets.transactionSecret?.secretArn,
    TRANSACTION_TABLE_NAME: deployed.transactionTable?.tableName,
  };
}

/** What has no value is left out: its default is the Lambda's own. */
function defined(
  variables: Readonly<Record<string, string | number | boolean | undefined>>,
): Environment {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  );
}

const json = (value: unknown) => (value === undefined ? undefined : JSON.stringify(value));
