// What the operator needs to know after a deployment; each description says where the value goes.
// No output may hold a secret.
import { CfnOutput, type Stack } from "aws-cdk-lib";

import type { Dashboard } from "./dashboard.ts";
import type { ExampleApi } from "./example-api.ts";
import type { Proxy } from "./proxy.ts";
import type { ProxySecrets } from "./proxy-secrets.ts";
import type { SignInUserPool } from "./sign-in-user-pool.ts";

export interface OutputsProps {
  readonly proxy: Proxy;
  readonly dashboard: Dashboard;
  readonly secrets: ProxySecrets;
  readonly pool: SignInUserPool;
  readonly clientIds: ReadonlyMap<string, string>;

  /**
   * The example API.
   *
   * @default - none was asked for
   */
  readonly exampleApi?: ExampleApi;

  /** The IdP's own authorization endpoint. */
  readonly idpAuthorizationEndpoint: string;

  /** The provider's name in Cognito. */
  readonly providerName: string;

  /** Where the app of the sign-in to try is. */
  readonly appRedirectUri: string;
}

export function writeOutputs(stack: Stack, props: OutputsProps): void {
  const { proxy, secrets, pool, clientIds } = props;
  const output = (id: string, value: string | undefined, description: string) => {
    if (value !== undefined) new CfnOutput(stack, id, { value, description });
  };

  output(
    "ApiGwAuthnEndpoint",
    proxy.authorizationEndpoint,
    "The proxy's authorization endpoint. Cognito has it already; nothing to do.",
  );
  output(
    "ApiGwCallbackEndpoint",
    proxy.callbackUrl,
    "Register this at the IdP as the one redirect URI (sign-in redirect, callback URL).",
  );
  output(
    "ApiGwTokenEndpoint",
    proxy.tokenEndpoint,
    "The proxy's token endpoint. Cognito has it already; nothing to do.",
  );
  output(
    "SecretsManagerPrivateKeyArn",
    secrets.signingKey.secretArn,
    "Put your private key (JWK) here: aws secretsmanager put-secret-value --secret-id <this> --secret-string file://./local/private_key.json",
  );
  output(
    "SecretsManagerPrivateKeyName",
    secrets.signingKey.secretName,
    "The same secret's name, to find it in the console.",
  );
  output(
    "ApiGwJwksEndpoint",
    proxy.jwksUri,
    "Register this at the IdP as the client's jwks_uri, in place of a pasted key.",
  );
  output(
    "SecretsManagerPublicKeysArn",
    secrets.publicKeys?.secretArn,
    "Publish the public key here: ./scripts/keys publish --jwks-secret-id <this>",
  );
  output(
    "SecretsManagerClientSecretArn",
    secrets.cognitoClientSecret.secretArn,
    "The secret between Cognito and the proxy: ./scripts/rotate-key wants to know where it is.",
  );
  output(
    "SecretsManagerTransactionSecretArn",
    secrets.transactionSecret?.secretArn,
    "What sign-ins under way are sealed under. Put a new version here whenever you like.",
  );
  output(
    "CognitoIdpResponseUri",
    pool.idpResponseUri,
    proxy.callbackUrl === undefined
      ? "Register this at the IdP as the one redirect URI: without PKCE the IdP answers to Cognito itself."
      : "Where the proxy sends browsers in the end. Don't register it at the IdP.",
  );
  output(
    "IdpAuthorizationEndpoint",
    props.idpAuthorizationEndpoint,
    "Where users sign in: the IdP.",
  );
  output("DashboardUrl", props.dashboard.url, "Whether sign-ins work, and what the alarms say.");
  output("UserPoolId", pool.userPool.userPoolId, "The user pool.");
  output("Issuer", pool.issuer, "The issuer of the pool's tokens, for apps and authorizers.");

  const clientId = clientIds.get("app") ?? "";
  const query = [
    `client_id=${clientId}`,
    "response_type=code",
    "scope=openid+profile+email",
    `redirect_uri=${encodeURIComponent(props.appRedirectUri)}`,
  ].join("&");
  output("CognitoHostedUi", `${pool.baseUrl}/login?${query}`, "Cognito's own sign-in page.");
  output(
    "SignInUrl",
    `${pool.baseUrl}/oauth2/authorize?${query}&identity_provider=${props.providerName}`,
    "Open this in a browser to try a sign-in.",
  );
  for (const [name, id] of clientIds) {
    const suffix = name === "app" ? "" : pascalCase(name);
    output(`AppClientId${suffix}`, id, `The client identifier of the app client ${name}.`);
  }
  output("ExampleApiUrl", props.exampleApi?.protectedUrl, "Call this with a token of the pool.");
  output(
    "ApiDomainTarget",
    proxy.domainTarget,
    "Point a DNS record (CNAME or alias) of api_domain_name here.",
  );
  output(
    "CognitoDomainTarget",
    pool.domainTarget,
    "Point a DNS record (CNAME or alias) of cognito_domain_name here.",
  );
}

function pascalCase(name: string): string {
  return name
    .split("-")
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join("");
}
