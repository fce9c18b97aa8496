// The pool, the provider and the app clients, as Cognito is told of them.
import assert from "node:assert/strict";
import test from "node:test";

import type { ContextName } from "./support/contexts.ts";
import { jsonOf, onlyResourceOf, rendered, resourcesOf } from "./support/synthesize.ts";

const PROXY = /^https:\/\/\$\{ProxyHttpApi\w+\}\.execute-api\.\$\{Region\}\.\$\{URLSuffix\}\/v1/;

const providerOf = (name: ContextName) =>
  onlyResourceOf(name, "AWS::Cognito::UserPoolIdentityProvider");

const detailsOf = (name: ContextName) =>
  Object.fromEntries(
    Object.entries(providerOf(name)["ProviderDetails"] as Record<string, unknown>).map(
      ([key, value]) => [key, rendered(value)],
    ),
  );

const clientOf = (name: ContextName, client: string) =>
  Object.entries(resourcesOf(name, "AWS::Cognito::UserPoolClient")).find(([id]) =>
    id.startsWith(`AppClients${client}`),
  )?.[1] ?? {};

test("with PKCE authorize and token are the proxy's, and all the rest is the IdP's", () => {
  const details = detailsOf("minimal");
  assert.match(details["authorize_url"] ?? "", new RegExp(`${PROXY.source}/authorize$`));
  assert.match(details["token_url"] ?? "", new RegExp(`${PROXY.source}/token$`));
  assert.equal(details["oidc_issuer"], "https://idp.example/realms/main");
  assert.equal(details["jwks_uri"], "https://idp.example/realms/main/jwks");
  assert.equal(details["attributes_url"], "https://idp.example/realms/main/me");
  assert.equal(details["client_id"], "cognito-user-pool");
  assert.equal(details["authorize_scopes"], "openid");
});

test("without PKCE Cognito sends browsers to the IdP itself", () => {
  const details = detailsOf("without-pkce");
  assert.equal(details["authorize_url"], "https://idp.example/realms/main/auth");
  assert.match(details["token_url"] ?? "", new RegExp(`${PROXY.source}/token$`));
});

test("endpoints may be anywhere, whatever the issuer", () => {
  const details = detailsOf("every-setting");
  assert.equal(details["jwks_uri"], "https://login.example/jwks");
  assert.equal(details["attributes_url"], "https://login.example/me");
});

test("with domains of one's own Cognito and the IdP see those", () => {
  const details = detailsOf("custom-domains");
  assert.equal(details["authorize_url"], "https://sign-in.example.com/authorize");
  assert.equal(details["token_url"], "https://sign-in.example.com/token");
  const domain = onlyResourceOf("custom-domains", "AWS::Cognito::UserPoolDomain");
  assert.match(JSON.stringify(domain["CustomDomainConfig"]), /us-east-1/);
  assert.equal(domain["Domain"], "auth.example.com");
});

test("the attributes are mapped as the context says, and a new pool has those of its own", () => {
  assert.deepEqual(providerOf("every-setting")["AttributeMapping"], {
    email: "mail",
    "custom:department": "department",
  });
  const schema = onlyResourceOf("every-setting", "AWS::Cognito::UserPool")["Schema"];
  assert.deepEqual(schema, [{ AttributeDataType: "String", Mutable: true, Name: "department" }]);
});

test("a new pool takes no sign-up, and refuses to be deleted unless told otherwise", () => {
  const pool = onlyResourceOf("minimal", "AWS::Cognito::UserPool");
  assert.deepEqual(pool["AdminCreateUserConfig"], { AllowAdminCreateUserOnly: true });
  assert.equal(pool["DeletionProtection"], "ACTIVE");
  const other = onlyResourceOf("every-setting", "AWS::Cognito::UserPool");
  assert.equal(other["DeletionProtection"], "INACTIVE");
});

test("the default domain carries the account, so that it is free", () => {
  const domain = onlyResourceOf("minimal", "AWS::Cognito::UserPoolDomain");
  assert.equal(rendered(domain["Domain"]), "sign-in-proxy-${AccountId}");
  const chosen = onlyResourceOf("every-setting", "AWS::Cognito::UserPoolDomain");
  assert.equal(chosen["Domain"], "example-sign-in");
});

test("an existing pool gets a provider and clients, and nothing of it is made anew", () => {
  for (const name of ["existing-pool", "existing-pool-prefix"] as const) {
    const types = Object.values(jsonOf(name).Resources).map(({ Type }) => Type);
    assert.ok(!types.includes("AWS::Cognito::UserPool"));
    assert.ok(!types.includes("AWS::Cognito::UserPoolDomain"));
    assert.equal(providerOf(name)["UserPoolId"], "eu-west-2_AbCdEfGhI");
    assert.equal(clientOf(name, "app")["UserPoolId"], "eu-west-2_AbCdEfGhI");
  }
});

test("an app client signs in by code, through the one provider, which exists before it", () => {
  for (const name of ["minimal", "app-clients", "existing-pool"] as const) {
    const { Resources } = jsonOf(name);
    for (const [id, resource] of Object.entries(Resources)) {
      if (resource.Type !== "AWS::Cognito::UserPoolClient" || id.includes("batch")) continue;
      assert.deepEqual(resource.Properties["AllowedOAuthFlows"], ["code"], id);
      assert.deepEqual(resource.Properties["SupportedIdentityProviders"], ["StrictID"], id);
      const { DependsOn } = resource as unknown as { DependsOn: string[] };
      assert.ok(
        DependsOn.some((other) => other.startsWith("IdentityProvider")),
        id,
      );
    }
  }
});

test("no app client takes passwords, and none may change the user", () => {
  for (const client of Object.values(resourcesOf("app-clients", "AWS::Cognito::UserPoolClient"))) {
    assert.deepEqual(client["ExplicitAuthFlows"], ["ALLOW_REFRESH_TOKEN_AUTH"]);
    const scopes = client["AllowedOAuthScopes"] as string[];
    assert.ok(!scopes.includes("aws.cognito.signin.user.admin"));
    assert.equal(client["EnableTokenRevocation"], true);
    assert.equal(client["PreventUserExistenceErrors"], "ENABLED");
  }
});

test("one callback URL or several reach the app client", () => {
  assert.deepEqual(clientOf("minimal", "app")["CallbackURLs"], ["https://app.example/callback"]);
  assert.deepEqual(clientOf("app-clients", "app")["CallbackURLs"], [
    "https://app.example/callback",
    "http://localhost:3000/",
  ]);
  assert.deepEqual(clientOf("app-clients", "app")["LogoutURLs"], ["https://app.example/"]);
});

test("a public client has no secret, a confidential one and a machine have", () => {
  const secrets = ["app", "spa", "dex", "kongplugin", "batch"].map(
    (client) => clientOf("app-clients", client)["GenerateSecret"],
  );
  assert.deepEqual(secrets, [false, false, true, true, true]);
});

test("a machine gets its custom scopes by client credentials, and nothing else", () => {
  const machine = clientOf("app-clients", "batch");
  assert.deepEqual(machine["AllowedOAuthFlows"], ["client_credentials"]);
  assert.deepEqual(machine["AllowedOAuthScopes"], ["orders/read"]);
  assert.deepEqual(machine["SupportedIdentityProviders"] ?? [], []);
  assert.equal(machine["CallbackURLs"], undefined);
  const server = onlyResourceOf("app-clients", "AWS::Cognito::UserPoolResourceServer");
  assert.equal(server["Identifier"], "orders");
  assert.deepEqual(server["Scopes"], [{ ScopeDescription: "Read orders", ScopeName: "read" }]);
});

test("the example API has one route behind the pool's tokens and one open", () => {
  const routes = Object.entries(resourcesOf("app-clients", "AWS::ApiGatewayV2::Route"))
    .filter(([id]) => id.startsWith("ExampleApi"))
    .map(([, route]) => [route["RouteKey"], route["AuthorizationType"]]);
  assert.deepEqual(routes.toSorted(), [
    ["GET /claims", "JWT"],
    ["GET /open", "NONE"],
  ]);
  const authorizer = onlyResourceOf("app-clients", "AWS::ApiGatewayV2::Authorizer");
  const { Audience, Issuer } = authorizer["JwtConfiguration"] as {
    Audience: unknown[];
    Issuer: unknown;
  };
  assert.equal(Audience.length, 5);
  assert.match(
    rendered(Issuer),
    /^https:\/\/cognito-idp\.\$\{Region\}\.\$\{URLSuffix\}\/\$\{UserPool\w+\}$/,
  );
});
