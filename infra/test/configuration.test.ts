// What the context may say, and how everything that is wrong with it is told.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { ConfigurationError } from "../lib/configuration/problems.ts";
import { readConfiguration } from "../lib/configuration/read.ts";
import { CONTEXTS, CONTEXT_NAMES, MINIMAL } from "./support/contexts.ts";

/** The problems of a context, by key. */
function problemsOf(context: Readonly<Record<string, unknown>>) {
  try {
    readConfiguration(context);
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);
    return { keys: error.problems.map(({ key }) => key), report: error.message };
  }
  return { keys: [], report: "" };
}

/** What is wrong with the minimal context when these keys are changed. */
const problemsWith = (change: Readonly<Record<string, unknown>>) =>
  problemsOf({ ...MINIMAL, ...change });

test("every variant of the checks is a good context", () => {
  for (const name of CONTEXT_NAMES) assert.deepEqual(problemsOf(CONTEXTS[name]).keys, [], name);
});

test("the defaults are the secure ones", () => {
  const configuration = readConfiguration(MINIMAL);
  assert.equal(configuration.pkce, true);
  assert.equal(configuration.removalPolicy, "retain");
  assert.equal(configuration.lambdaArchitecture, "x86_64");
  assert.equal(configuration.exampleApi, false);
  assert.equal(configuration.transactionStore, "browser");
  assert.equal(configuration.xray, false);
});

test("the store dynamodb without PKCE is refused, with the reason", () => {
  assert.deepEqual(problemsWith({ transaction_store: "dynamodb" }).keys, []);
  for (const pkce of [false, "false"]) {
    const { keys, report } = problemsWith({ transaction_store: "dynamodb", pkce });
    assert.deepEqual(keys, ["transaction_store"]);
    assert.match(
      report,
      /transaction_store is "dynamodb"\n +expected: browser.*since pkce is false/,
    );
  }
});

test("what the command line passes as text is read as what it means", () => {
  const configuration = readConfiguration({
    ...MINIMAL,
    pkce: "false",
    lambda_memory_mb: "512",
    log_retention_days: "30",
  });
  assert.equal(configuration.pkce, false);
  assert.equal(configuration.lambdaMemoryMb, 512);
  assert.equal(configuration.logRetentionDays, 30);
});

test("one callback URL and several are the same kind of thing", () => {
  const one = readConfiguration(MINIMAL).userpoolAllowedCallbackUrl;
  assert.deepEqual(one, ["https://app.example/callback"]);
  const several = ["https://a.example/", "http://localhost:3000/", "myapp://callback"];
  const configuration = readConfiguration({ ...MINIMAL, userpool_allowed_callback_url: several });
  assert.deepEqual(configuration.userpoolAllowedCallbackUrl, several);
});

test("an empty context names every key that is missing", () => {
  assert.deepEqual(problemsOf({}).keys, [
    "idp_attributes_path",
    "idp_auth_path",
    "idp_client_id",
    "idp_issuer_url",
    "idp_keys_path",
    "idp_name",
    "idp_token_path",
    "userpool_allowed_callback_url",
  ]);
});

test("the report names key, bad value and what is expected, for every problem at once", () => {
  const { keys, report } = problemsWith({
    idp_issuer_url: "http://idp.example",
    idp_scopes: "email",
    lambda_memory_mb: 64,
    api_token_route: "token",
  });
  assert.deepEqual(keys, ["api_token_route", "idp_issuer_url", "idp_scopes", "lambda_memory_mb"]);
  assert.match(report, /has 4 problems/);
  assert.match(
    report,
    /idp_scopes is "email"\n +expected: scopes separated by spaces, openid among/,
  );
  assert.match(report, /lambda_memory_mb is 64\n +expected: a whole number from 128 to 10240/);
});

test("a bad value is a problem of its key", () => {
  const bad: Readonly<Record<string, readonly unknown[]>> = {
    idp_name: ["ab", "has space", "_lead", "COGNITO", 7],
    idp_client_id: ["has space", "ü"],
    idp_issuer_url: [
      "idp.example",
      "https://idp.example?a",
      "https://idp.example\n",
      "https:\\\\idp.example",
      "https://idp.example:8443",
      "ftp://a.b",
    ],
    idp_auth_path: ["auth", "/auth?x", "/a#b", "/a b", "/a\\b"],
    idp_scopes: ["", "email profile"],
    idp_timeout_ms: [249, 10_001, 1.5, "soon"],
    idp_authorization_response_iss: ["yes"],
    idp_authorization_parameters: [{ state: "x" }, { a: null }, [], "{}"],
    client_assertion_alg: ["HS256", "none"],
    pkce: ["yes", 1],
    transaction_store: ["memory", "DynamoDB"],
    xray: ["active"],
    alarm_topic_arn: [
      ...["on-call", "arn:aws:sqs:eu-west-2:123456789012:on-call"],
      ...["arn:aws:sns:eu-west-2:123456789012:on-call.fifo"],
    ],
    api_version: ["a/b", "$latest"],
    api_authn_route: ["authorize", "/a/", "/{proxy+}", "/token", "/a?b"],
    log_retention_days: [2],
    userpool_allowed_callback_url: [
      ["http://app.example/", "https://app.example/"],
      [],
      "javascript:alert(1)",
      "https://app.example/#a",
    ],
    attribute_mapping: [
      ...[{ "e-mail": "email" }, { email: "" }, { mail: "email" }, { sub: "sub" }],
      { "custom:aaaaaaaaaaaaaaaaaaaaa": "a" },
    ],
    removal_policy: ["snapshot"],
    stack_name: ["1st", "my-cognito-proxy", "a".repeat(51)],
    tags: [{ "aws:x": "y" }, ["a"]],
  };
  for (const [key, values] of Object.entries(bad)) {
    for (const value of values) {
      const { keys } = problemsWith({ [key]: value });
      const named = keys.length > 0 && keys.every((found) => found.startsWith(key));
      // An empty text counts as missing, which is a default's business.
      assert.equal(named, value !== "", `${key} = ${JSON.stringify(value)}: ${keys.join()}`);
    }
  }
});

test("the query of the IdP's own URL can't set what the proxy sets", () => {
  for (const query of ["nonce=1", "st%61te=x", "tenant=a&response_mode=query"]) {
    const idp_authorization_endpoint = `https://idp.example/auth?${query}`;
    const { keys } = problemsWith({ idp_auth_path: undefined, idp_authorization_endpoint });
    assert.deepEqual(keys, ["idp_authorization_endpoint"], query);
  }
});

test("http is for loopback hosts only", () => {
  for (const host of ["localhost:9000", "idp.localhost", "127.0.0.1:9000", "[::1]:9000"]) {
    assert.deepEqual(problemsWith({ idp_issuer_url: `http://${host}` }).keys, [], host);
  }
  for (const host of ["idp.example", "localhost.idp.example", "10.0.0.1"]) {
    assert.deepEqual(problemsWith({ idp_issuer_url: `http://${host}` }).keys, ["idp_issuer_url"]);
  }
});

test("what is left of the template is a problem, however deep", () => {
  const { keys, report } = problemsWith({
    idp_client_id: "YOUR_CLIENT_ID",
    app_clients: [{ name: "spa", type: "public", callback_urls: ["https://YOUR_HOST/"] }],
  });
  assert.deepEqual(keys, ["app_clients[0].callback_urls[0]", "idp_client_id"]);
  assert.match(report, /idp_client_id is still the template's placeholder "YOUR_CLIENT_ID"/);
});

test("the template itself has problems only where it has placeholders", () => {
  const path = new URL("../../cdk.context.template", import.meta.url);
  const template = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  const placeholders = Object.keys(template).filter((key) =>
    String(template[key]).includes("YOUR_"),
  );
  assert.ok(placeholders.length >= 3);
  assert.deepEqual(problemsOf(template).keys, placeholders.toSorted());
});

test("an unknown key is a problem, and its value isn't shown", () => {
  const { keys, report } = problemsWith({ idp_client_idd: "hunter2", whatever: "hunter2" });
  assert.deepEqual(keys, ["idp_client_idd", "whatever"]);
  assert.match(report, /idp_client_idd is no key of this app\n +expected: idp_client_id, perhaps/);
  assert.doesNotMatch(report, /hunter2/);
});

test("an unknown key inside a list is a problem", () => {
  const client = { name: "spa", type: "public", callback_urls: "https://a.example/", secret: "x" };
  assert.deepEqual(problemsWith({ app_clients: [client] }).keys, ["app_clients[0].secret"]);
});

test("who still sets idp_client_secret is told that it isn't needed, without seeing it again", () => {
  const { keys, report } = problemsWith({ idp_client_secret: "hunter2" });
  assert.deepEqual(keys, ["idp_client_secret"]);
  assert.match(report, /idp_client_secret isn't needed any more/);
  assert.match(report, /is generated/);
  assert.doesNotMatch(report, /hunter2/);
});

test("what only the stack can know can't be set", () => {
  const { report } = problemsWith({ proxy_callback_url: "https://a.example/" });
  assert.match(report, /proxy_callback_url can't be chosen/);
});

test("the CDK's own keys are none of this app's business", () => {
  const flags = { "@aws-cdk/core:x": true, "aws:cdk:y": [], "hosted-zone:account=1": {} };
  assert.deepEqual(problemsWith(flags).keys, []);
});

test("keys that belong together are asked for together, and others apart", () => {
  const certificate = "arn:aws:acm:eu-west-2:123456789012:certificate/a-b";
  for (const [change, key] of [
    [{ api_domain_name: "a.example.com" }, "api_certificate_arn"],
    [{ api_certificate_arn: certificate }, "api_domain_name"],
    [{ cognito_domain_name: "a.example.com" }, "cognito_certificate_arn"],
    [{ cognito_certificate_arn: certificate }, "cognito_certificate_arn"],
    [{ user_pool_id: "eu-west-2_Abc" }, "user_pool_domain"],
    [{ user_pool_domain: "a" }, "user_pool_id"],
    [
      { user_pool_id: "eu-west-2_Abc", user_pool_domain: "a", cognito_domain_prefix: "b" },
      "cognito_domain_prefix",
    ],
    [{ idp_token_endpoint: "https://a.example/" }, "idp_token_path"],
    [{ api_callback_route: "/authorize", api_authn_route: "/authorize" }, "api_callback_route"],
    [{ cognito_domain_prefix: "my-aws" }, "cognito_domain_prefix"],
    [{ lambda_archive_dir: "/nowhere" }, "lambda_archive_dir"],
  ] as const) {
    const { keys } = problemsWith(change);
    assert.ok(keys.includes(key), `${JSON.stringify(change)}: ${keys.join()}`);
  }
});

test("app clients have names of their own and what their type needs", () => {
  const urls = "https://a.example/";
  for (const [clients, key] of [
    [[{ name: "app", type: "public", callback_urls: urls }], "app_clients[0].name"],
    [[{ name: "a", type: "public" }], "app_clients[0].callback_urls"],
    [[{ name: "a", type: "confidential" }], "app_clients[0].callback_urls"],
    [[{ name: "a", type: "machine", scopes: ["openid"] }], "app_clients[0].scopes"],
    [[{ name: "a", type: "machine", scopes: ["x/y"] }], "app_clients[0].scopes[0]"],
    [[{ name: "a", type: "machine", callback_urls: urls }], "app_clients[0].callback_urls"],
    [[{ name: "a", type: "spa", callback_urls: urls }], "app_clients[0].type"],
    [
      [
        { name: "a-b", type: "public", callback_urls: urls },
        { name: "ab", type: "public", callback_urls: urls },
      ],
      "app_clients[1].name",
    ],
  ] as const) {
    const { keys } = problemsWith({ app_clients: clients });
    assert.ok(keys.includes(key), `${JSON.stringify(clients)}: ${keys.join()}`);
  }
});
