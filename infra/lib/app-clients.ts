// The app clients of the pool, and the resource servers whose scopes machines ask for.
// Every client that a browser uses signs in through the one identity provider and no other way.
import * as cognito from "aws-cdk-lib/aws-cognito";
import { Construct } from "constructs";

import type { Configuration } from "./configuration/read.ts";

/** One entry of `app_clients`. */
export type AppClient = Configuration["appClients"][number];

/** One entry of `resource_servers`. */
export type ResourceServer = Configuration["resourceServers"][number];

/** What hosted sign-in gives; `aws.cognito.signin.user.admin` is left out, since it lets an app change the user. */
const SIGN_IN_SCOPES = ["openid", "profile", "email"];

export interface AppClientsProps {
  /** The pool. */
  readonly userPool: cognito.IUserPool;

  /** The one way to sign in. */
  readonly identityProvider: cognito.CfnUserPoolIdentityProvider;

  /** The clients, by name. */
  readonly appClients: readonly AppClient[];

  /** The APIs that machines may call, with their scopes. */
  readonly resourceServers: readonly ResourceServer[];
}

export class AppClients extends Construct {
  /** The client identifiers by name, in the order of the list. */
  readonly clientIds: ReadonlyMap<string, string>;

  constructor(scope: Construct, id: string, props: AppClientsProps) {
    super(scope, id);
    const resourceServers = new Construct(this, "ResourceServers");
    const servers = props.resourceServers.map(
      ({ identifier, scopes }) =>
        new cognito.UserPoolResourceServer(resourceServers, identifier, {
          userPool: props.userPool,
          identifier,
          // A name is for people, and may hold less than an identifier, which is often a URL.
          userPoolResourceServerName: identifier.replaceAll(/[^\w\s+=,.@-]/g, "-"),
          scopes: Object.entries(scopes).map(
            ([scopeName, scopeDescription]) =>
              new cognito.ResourceServerScope({ scopeName, scopeDescription }),
          ),
        }),
    );
    this.clientIds = new Map(
      props.appClients.map((appClient) => {
        const client = new cognito.UserPoolClient(this, appClient.name, {
          userPool: props.userPool,
          generateSecret: appClient.type !== "public",
          enableTokenRevocation: true,
          preventUserExistenceErrors: true,
          // Tokens come from the endpoints of OAuth, never by user name and password.
          authFlows: { user: false },
          oAuth: oAuthSettings(appClient),
          supportedIdentityProviders:
            appClient.type === "machine"
              ? []
              : [
                  cognito.UserPoolClientIdentityProvider.custom(
                    props.identityProvider.providerName,
                  ),
                ],
        });
        client.node.addDependency(props.identityProvider, ...servers);
        return [appClient.name, client.userPoolClientId];
      }),
    );
  }
}

function oAuthSettings(appClient: AppClient): cognito.OAuthSettings {
  const scopes = (appClient.scopes ?? SIGN_IN_SCOPES).map((scope) =>
    cognito.OAuthScope.custom(scope),
  );
  return appClient.type === "machine"
    ? { flows: { clientCredentials: true }, scopes }
    : {
        flows: { authorizationCodeGrant: true },
        scopes,
        callbackUrls: [...(appClient.callback_urls ?? [])],
        logoutUrls: [...(appClient.logout_urls ?? [])],
      };
}
