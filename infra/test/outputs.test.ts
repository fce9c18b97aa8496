// What a deployment tells its operator.
import assert from "node:assert/strict";
import test from "node:test";

import { CONTEXT_NAMES, type ContextName } from "./support/contexts.ts";
import { jsonOf, rendered } from "./support/synthesize.ts";

const outputOf = (name: ContextName, output: string) => {
  const found = jsonOf(name).Outputs[output];
  return { value: rendered(found?.Value), description: found?.Description ?? "" };
};

const ALWAYS = [
  ...["ApiGwTokenEndpoint", "SecretsManagerPrivateKeyArn", "SecretsManagerPrivateKeyName"],
  ...["SecretsManagerClientSecretArn", "CognitoHostedUi", "CognitoIdpResponseUri"],
  ...["IdpAuthorizationEndpoint", "DashboardUrl"],
  ...["Issuer", "UserPoolId", "AppClientId", "SignInUrl"],
];
const WITH_PKCE = [
  ...["ApiGwAuthnEndpoint", "ApiGwCallbackEndpoint", "SecretsManagerTransactionSecretArn"],
];

test("the outputs have their names, and each says where it goes", () => {
  const { Outputs } = jsonOf("minimal");
  assert.deepEqual(Object.keys(Outputs).toSorted(), [...ALWAYS, ...WITH_PKCE].toSorted());
  assert.deepEqual(Object.keys(jsonOf("without-pkce").Outputs).toSorted(), ALWAYS.toSorted());
  for (const { Description } of Object.values(Outputs))
    // CloudFormation shows ASCII only.
    assert.match(Description, /^[\x20-\x7e]+(\.|\.json)$/);
});

test("the one redirect URI to register is the proxy's with PKCE and Cognito's without", () => {
  const toRegister = (name: ContextName) =>
    Object.entries(jsonOf(name).Outputs)
      .filter(([, { Description }]) => Description.includes("the one redirect URI"))
      .map(([output]) => output);
  for (const name of CONTEXT_NAMES) {
    const withPkce = Object.hasOwn(jsonOf(name).Outputs, "ApiGwCallbackEndpoint");
    const expected = withPkce ? "ApiGwCallbackEndpoint" : "CognitoIdpResponseUri";
    assert.deepEqual(toRegister(name), [expected], name);
  }
  const { description } = outputOf("minimal", "CognitoIdpResponseUri");
  assert.match(description, /Don't register it/);
});

test("what is registered is what the functions are told", () => {
  for (const [name, callback, response] of [
    ["minimal", /execute-api.*\/v1\/callback$/, /^https:\/\/\$\{UserPoolDomain\w+\}\.auth\./],
    ["every-setting", /URLSuffix\}\/a\/callback$/, /\.amazoncognito\.com\/oauth2\/idpresponse$/],
    [
      "custom-domains",
      /^https:\/\/sign-in\.example\.com\/callback$/,
      /^https:\/\/\$\{UserPoolDomain\w+\}\/oauth2\/idpresponse$/,
    ],
    ["existing-pool", /\/v1\/callback$/, /^https:\/\/auth\.example\.com\/oauth2\/idpresponse$/],
  ] as const) {
    assert.match(outputOf(name, "ApiGwCallbackEndpoint").value, callback, name);
    assert.match(outputOf(name, "CognitoIdpResponseUri").value, response, name);
    const functions = Object.entries(jsonOf(name).Resources).filter(
      ([id, { Type }]) =>
        Type === "AWS::Lambda::Function" && /^Proxy(Authorize|Callback|Token)/.test(id),
    );
    for (const [id, { Properties }] of functions) {
      const { Variables } = Properties["Environment"] as { Variables: Record<string, unknown> };
      assert.equal(
        rendered(Variables["COGNITO_REDIRECT_URI"]),
        outputOf(name, "CognitoIdpResponseUri").value,
        id,
      );
      if ("PROXY_CALLBACK_URL" in Variables) {
        const { value } = outputOf(name, "ApiGwCallbackEndpoint");
        assert.equal(rendered(Variables["PROXY_CALLBACK_URL"]), value, id);
      }
    }
  }
});

test("an existing pool's domain may be a prefix", () => {
  assert.equal(
    outputOf("existing-pool-prefix", "CognitoIdpResponseUri").value,
    "https://example-pool.auth.${Region}.amazoncognito.com/oauth2/idpresponse",
  );
});

test("the sign-in to try names client, redirect URI and provider", () => {
  const url = new URL(outputOf("existing-pool", "SignInUrl").value.replaceAll(/\$\{\w+\}/g, "id"));
  assert.equal(url.href.split("?")[0], "https://auth.example.com/oauth2/authorize");
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    client_id: "id",
    response_type: "code",
    scope: "openid profile email",
    redirect_uri: "https://app.example/callback",
    identity_provider: "StrictID",
  });
});

test("every app client's identifier is an output", () => {
  const outputs = Object.keys(jsonOf("app-clients").Outputs);
  for (const suffix of ["", "Spa", "Dex", "KongPlugin", "Batch"]) {
    assert.ok(outputs.includes(`AppClientId${suffix}`), suffix);
  }
  assert.ok(outputs.includes("ExampleApiUrl"));
});

test("with domains of one's own the DNS records' targets are outputs", () => {
  const { Outputs } = jsonOf("custom-domains");
  assert.match(rendered(Outputs["ApiDomainTarget"]?.Value), /RegionalDomainName/);
  assert.match(rendered(Outputs["CognitoDomainTarget"]?.Value), /CloudFrontDistribution/);
});
