// The whole stack, to be read from the top like the diagram: secrets, pool, proxy, provider, apps, watch.
import { Aws, RemovalPolicy, Stack, type StackProps, Tags } from "aws-cdk-lib";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as sns from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";

import { Alarms } from "./alarms.ts";
import { AppClients } from "./app-clients.ts";
import type { Configuration } from "./configuration/read.ts";
import { Dashboard } from "./dashboard.ts";
import { ExampleApi } from "./example-api.ts";
import type { HttpApiOptions } from "./http-api.ts";
import { IdentityProvider } from "./identity-provider.ts";
import { writeOutputs } from "./outputs.ts";
import { Proxy } from "./proxy.ts";
import { ProxySecrets } from "./proxy-secrets.ts";
import type { RustLambdaOptions } from "./rust-lambda.ts";
import { SignInUserPool } from "./sign-in-user-pool.ts";
import { TransactionTable } from "./transaction-table.ts";
import type { Watched } from "./watched.ts";

export interface ProxyStackProps extends StackProps {
  /** What the operator wants. */
  readonly configuration: Configuration;
}

export class ProxyStack extends Stack {
  constructor(scope: Construct, id: string, { configuration, ...props }: ProxyStackProps) {
    super(scope, id, {
      description: "A proxy between Amazon Cognito and a strict OpenID provider",
      ...props,
    });
    for (const [key, value] of Object.entries(configuration.tags)) Tags.of(this).add(key, value);
    const options = optionsOf(configuration);
    const { removalPolicy } = options;

    const secrets = new ProxySecrets(this, "Secrets", {
      sealsTransactions: configuration.pkce && configuration.transactionStore === "browser",
      publishesKeys: configuration.jwksRoute !== undefined,
      removalPolicy,
    });

    const transactionTable =
      configuration.transactionStore === "dynamodb"
        ? new TransactionTable(this, "Transactions")
        : undefined;

    const pool = new SignInUserPool(this, "UserPool", {
      userPoolId: configuration.userPoolId,
      userPoolDomain: configuration.userPoolDomain,
      domainPrefix:
        configuration.cognitoDomainPrefix ??
        `${configuration.stackName.toLowerCase()}-${Aws.ACCOUNT_ID}`,
      domainName: configuration.cognitoDomainName,
      certificateArn: configuration.cognitoCertificateArn,
      customAttributes: Object.keys(configuration.attributeMapping)
        .filter((attribute) => attribute.startsWith("custom:"))
        .map((attribute) => attribute.slice("custom:".length)),
      deletionProtection:
        configuration.deletionProtection ?? configuration.removalPolicy === "retain",
      removalPolicy,
    });

    const proxy = new Proxy(this, "Proxy", {
      ...options,
      configuration,
      secrets,
      transactionTable,
      cognitoRedirectUri: pool.idpResponseUri,
    });

    const idp = idpEndpoints(configuration);
    const { provider } = new IdentityProvider(this, "IdentityProvider", {
      userPool: pool.userPool,
      providerName: configuration.idpName,
      clientId: configuration.idpClientId,
      clientSecret: secrets.cognitoClientSecret,
      issuerUrl: configuration.idpIssuerUrl,
      authorizationEndpoint: proxy.authorizationEndpoint ?? idp.authorization,
      tokenEndpoint: proxy.tokenEndpoint,
      jwksUri: idp.jwks,
      userinfoEndpoint: idp.userinfo,
      scopes: configuration.idpScopes,
      attributeMapping: configuration.attributeMapping,
    });

    const callbackUrls = configuration.userpoolAllowedCallbackUrl;
    const { clientIds } = new AppClients(this, "AppClients", {
      userPool: pool.userPool,
      identityProvider: provider,
      appClients: [
        {
          name: "app",
          type: "public",
          callback_urls: callbackUrls,
          logout_urls: configuration.userpoolAllowedLogoutUrl,
        },
        ...configuration.appClients,
      ],
      resourceServers: configuration.resourceServers,
    });

    const exampleApi = configuration.exampleApi
      ? new ExampleApi(this, "ExampleApi", {
          ...options,
          issuer: pool.issuer,
          audience: [...clientIds.values()],
        })
      : undefined;

    const watched: Watched = {
      functions: proxy.functions,
      api: proxy.api,
      transactionTable: transactionTable?.table,
    };
    const { alarmTopicArn, stackName: namePrefix } = configuration;
    const { alarms } = new Alarms(this, "Alarms", {
      ...watched,
      namePrefix,
      topic:
        alarmTopicArn === undefined
          ? undefined
          : sns.Topic.fromTopicArn(this, "AlarmTopic", alarmTopicArn),
    });
    const dashboard = new Dashboard(this, "Dashboard", { ...watched, namePrefix, alarms });

    writeOutputs(this, {
      proxy,
      dashboard,
      secrets,
      pool,
      clientIds,
      exampleApi,
      idpAuthorizationEndpoint: idp.authorization,
      providerName: configuration.idpName,
      appRedirectUri: callbackUrls[0] ?? "",
    });
  }
}

/** What a failed first deployment made goes; all else stays. */
const KEEP = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;

function optionsOf(configuration: Configuration): RustLambdaOptions & HttpApiOptions {
  return {
    architecture:
      configuration.lambdaArchitecture === "arm64"
        ? lambda.Architecture.ARM_64
        : lambda.Architecture.X86_64,
    memorySize: configuration.lambdaMemoryMb,
    reservedConcurrentExecutions: configuration.lambdaReservedConcurrency,
    archiveDirectory: configuration.lambdaArchiveDir,
    tracing: configuration.xray,
    throttleRate: configuration.apiThrottleRate,
    throttleBurst: configuration.apiThrottleBurst,
    logRetention: configuration.logRetentionDays,
    removalPolicy: configuration.removalPolicy === "destroy" ? RemovalPolicy.DESTROY : KEEP,
  };
}

/** Each is a whole URL or a path below the issuer; the configuration holds exactly one of the two. */
function idpEndpoints(configuration: Configuration) {
  const issuer = configuration.idpIssuerUrl.replace(/\/+$/, "");
  const resolve = (url: string | undefined, path: string | undefined) =>
    url ?? `${issuer}${path ?? ""}`;
  return {
    authorization: resolve(configuration.idpAuthorizationEndpoint, configuration.idpAuthPath),
    jwks: resolve(configuration.idpJwksUri, configuration.idpKeysPath),
    userinfo: resolve(configuration.idpUserinfoEndpoint, configuration.idpAttributesPath),
  };
}
