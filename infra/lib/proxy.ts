// The proxy itself: an HTTP API with up to four routes, and the function behind each.
// Without PKCE only `/token` is there, and Cognito sends browsers straight to the IdP.
import { Duration } from "aws-cdk-lib";
import { HttpMethod } from "aws-cdk-lib/aws-apigatewayv2";
import type * as apigatewayv2 from "aws-cdk-lib/aws-apigatewayv2";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";

import { acknowledge } from "./acknowledge.ts";
import type { Configuration } from "./configuration/read.ts";
import { HttpApi, type HttpApiOptions } from "./http-api.ts";
import {
  type Deployed,
  authorizeEnvironment,
  callbackEnvironment,
  jwksEnvironment,
  tokenEnvironment,
} from "./lambda-environment.ts";
import type { ProxySecrets } from "./proxy-secrets.ts";
import { RustLambda, type RustLambdaOptions, type RustLambdaProps } from "./rust-lambda.ts";
import type { TransactionTable } from "./transaction-table.ts";
import type { ProxyFunctions } from "./watched.ts";

/** All attempts of one call together, to read a secret or to reach the table: crates/adapters/src/aws.rs. */
const AWS_CALL_SECONDS = 4;

/** An HTTP API waits 30 seconds and no longer. */
const LONGEST_USEFUL_SECONDS = 29;

export interface ProxyProps extends RustLambdaOptions, HttpApiOptions {
  /** The operator's settings. */
  readonly configuration: Configuration;

  /** The secrets that the functions read. */
  readonly secrets: ProxySecrets;

  /**
   * Where sign-ins under way are kept.
   *
   * @default - the browser carries them, sealed under a secret
   */
  readonly transactionTable?: TransactionTable;

  /** `https://<domain of the user pool>/oauth2/idpresponse`. */
  readonly cognitoRedirectUri: string;
}

export class Proxy extends Construct {
  readonly functions: ProxyFunctions;

  readonly api: apigatewayv2.IHttpApi;

  readonly tokenEndpoint: string;

  /** Only with PKCE. */
  readonly authorizationEndpoint: string | undefined;

  /** The redirect URI to register at the IdP; only with PKCE. */
  readonly callbackUrl: string | undefined;

  /** Where an IdP may fetch the public keys, if they are published. */
  readonly jwksUri: string | undefined;

  /** What a DNS record for the API's host name must point to. */
  readonly domainTarget: string | undefined;

  constructor(scope: Construct, id: string, props: ProxyProps) {
    super(scope, id);
    const { configuration, secrets, transactionTable } = props;
    const http = new HttpApi(this, "Http", {
      ...props,
      apiName: configuration.stackName,
      description: "Stands between Amazon Cognito and a strict OpenID provider",
      stageName: configuration.apiVersion,
      domainName: configuration.apiDomainName,
      certificateArn: configuration.apiCertificateArn,
    });
    const urlOf = (route: string) => `${http.baseUrl}${route}`;
    const { apiAuthnRoute, apiCallbackRoute, apiTokenRoute } = configuration;
    const deployed: Deployed = {
      secrets,
      transactionTable: transactionTable?.table,
      cognitoRedirectUri: props.cognitoRedirectUri,
      proxyCallbackUrl: urlOf(apiCallbackRoute),
    };
    const { signingKey, cognitoClientSecret, transactionSecret } = secrets;
    const storeSecrets = transactionSecret ? [transactionSecret] : [];

    let browser: ProxyFunctions["browser"];
    if (configuration.pkce) {
      const authorize = this.lambda("Authorize", {
        ...props,
        binaryName: "authorize",
        description: "GET /authorize: opens a sign-in and sends the browser to the IdP",
        timeout: Duration.seconds(AWS_CALL_SECONDS + 1),
        environment: authorizeEnvironment(configuration, deployed),
        readableSecrets: storeSecrets,
        tableAccess: transactionTable?.authorizeAccess,
      });
      const callback = this.lambda("Callback", {
        ...props,
        binaryName: "callback",
        description: "GET /callback: takes the IdP's answer and sends the browser to Cognito",
        // After a new version of the secret it is read twice, as kept and anew; the table is called twice.
        timeout: Duration.seconds(2 * AWS_CALL_SECONDS + 1),
        environment: callbackEnvironment(configuration, deployed),
        readableSecrets: storeSecrets,
        tableAccess: transactionTable?.callbackAccess,
      });
      acknowledge(http.route(HttpMethod.GET, apiAuthnRoute, authorize), {
        "AwsSolutions-APIG4":
          "Browsers come here before anybody has signed in, so there is no token to check. The function answers nothing but Cognito's own client_id and redirect_uri.",
      });
      acknowledge(http.route(HttpMethod.GET, apiCallbackRoute, callback), {
        "AwsSolutions-APIG4":
          "Browsers come here before anybody has signed in, so there is no token to check. The function demands the cookie that /authorize set in the same browser.",
      });
      this.authorizationEndpoint = urlOf(apiAuthnRoute);
      this.callbackUrl = deployed.proxyCallbackUrl;
      browser = { authorize, callback };
    }

    const token = this.lambda("Token", {
      ...props,
      binaryName: "token",
      description: "POST /token: exchanges a code with a signed client assertion",
      timeout: Duration.seconds(tokenSeconds(configuration)),
      environment: tokenEnvironment(configuration, deployed),
      readableSecrets: [signingKey, cognitoClientSecret, ...storeSecrets],
      tableAccess: transactionTable?.tokenAccess,
    });
    acknowledge(http.route(HttpMethod.POST, apiTokenRoute, token), {
      "AwsSolutions-APIG4":
        "The caller is Cognito, which authenticates itself by its client secret (RFC 6749 section 2.3.1); the function checks it in constant time before anything else.",
    });
    this.tokenEndpoint = urlOf(apiTokenRoute);

    const { jwksRoute } = configuration;
    let jwks: ProxyFunctions["jwks"];
    if (jwksRoute !== undefined && secrets.publicKeys) {
      jwks = this.lambda("Jwks", {
        ...props,
        binaryName: "jwks",
        description: "GET /jwks.json: publishes the public keys for the IdP",
        timeout: Duration.seconds(AWS_CALL_SECONDS + 1),
        environment: jwksEnvironment(configuration, deployed),
        readableSecrets: [secrets.publicKeys],
      });
      acknowledge(http.route(HttpMethod.GET, jwksRoute, jwks), {
        "AwsSolutions-APIG4":
          "Public keys are for everybody (RFC 7517). The function can read no private key, and refuses to publish a set with a private member.",
      });
      this.jwksUri = urlOf(jwksRoute);
    }
    this.domainTarget = http.domainTarget;
    this.api = http.api;
    this.functions = { token, browser, jwks };
  }

  private lambda(id: string, props: RustLambdaProps): lambda.IFunction {
    return new RustLambda(this, id, props).function;
  }
}

/**
 * At the worst the secrets (and the table) are read one after another, the IdP refuses a key that was just replaced, the new one is
 * read, and the IdP is asked again.
 */
function tokenSeconds({ idpTimeoutMs }: Configuration): number {
  const worst = 2 * Math.ceil(idpTimeoutMs / 1000) + 3 * AWS_CALL_SECONDS + 1;
  return Math.min(worst, LONGEST_USEFUL_SECONDS);
}
