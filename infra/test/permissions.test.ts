// What each function may do, action by action, and nothing else.
import assert from "node:assert/strict";
import test from "node:test";

import { CONTEXT_NAMES, type ContextName } from "./support/contexts.ts";
import { jsonOf, rendered, resourcesOf } from "./support/synthesize.ts";

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

/** A role's permissions as lines `action resource`, sorted. */
function permissionsOf(name: ContextName, role: string): string[] {
  const found = Object.entries(resourcesOf(name, "AWS::IAM::Role")).filter(([id]) =>
    id.startsWith(`${role}Role`),
  );
  assert.equal(found.length, 1, `${name}: ${role}`);
  const policies = found[0]?.[1]["Policies"] as {
    PolicyDocument: { Statement: readonly Statement[] };
  }[];
  return policies
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .flatMap(({ Effect, Action, Resource }) =>
      [Action].flat().flatMap((action) =>
        [Resource].flat().map((resource) => {
          assert.equal(Effect, "Allow");
          return `${action} ${rendered(resource).replaceAll(/[0-9A-F]{8}(?=[.}])/g, "")}`;
        }),
      ),
    )
    .toSorted();
}

const logsOf = (lambda: string) => [
  `logs:CreateLogStream \${${lambda}LogGroup.Arn}`,
  `logs:PutLogEvents \${${lambda}LogGroup.Arn}`,
];

const read = (secret: string) => `secretsmanager:GetSecretValue \${Secrets${secret}}`;

test("authorize and callback may write their own log and read the transaction secret", () => {
  for (const lambda of ["ProxyAuthorize", "ProxyCallback"]) {
    assert.deepEqual(permissionsOf("minimal", lambda), [
      ...logsOf(lambda),
      read("TransactionSecret"),
    ]);
  }
});

test("token alone may read the signing key and Cognito's client secret", () => {
  assert.deepEqual(permissionsOf("minimal", "ProxyToken"), [
    ...logsOf("ProxyToken"),
    read("CognitoClientSecret"),
    read("SigningKey"),
    read("TransactionSecret"),
  ]);
});

test("without PKCE there is no transaction secret to read", () => {
  assert.deepEqual(permissionsOf("without-pkce", "ProxyToken"), [
    ...logsOf("ProxyToken"),
    read("CognitoClientSecret"),
    read("SigningKey"),
  ]);
});

test("jwks may read the public keys and no private one", () => {
  assert.deepEqual(permissionsOf("every-setting", "ProxyJwks"), [
    ...logsOf("ProxyJwks"),
    read("PublicKeys"),
    ...WRITE_TRACES,
  ]);
});

const call = (action: string) => `dynamodb:${action} \${TransactionsTable.Arn}`;

test("with the store dynamodb each function may make its own calls to the table, and read no transaction secret", () => {
  assert.deepEqual(permissionsOf("dynamodb", "ProxyAuthorize"), [
    call("PutItem"),
    ...logsOf("ProxyAuthorize"),
  ]);
  assert.deepEqual(permissionsOf("dynamodb", "ProxyCallback"), [
    call("GetItem"),
    call("UpdateItem"),
    ...logsOf("ProxyCallback"),
  ]);
  assert.deepEqual(permissionsOf("dynamodb", "ProxyToken"), [
    call("UpdateItem"),
    ...logsOf("ProxyToken"),
    read("CognitoClientSecret"),
    read("SigningKey"),
  ]);
});

test("with the store browser nothing in the stack speaks of a table", () => {
  for (const name of CONTEXT_NAMES.filter((context) => context !== "dynamodb")) {
    assert.doesNotMatch(JSON.stringify(jsonOf(name)), /dynamodb:|AWS::DynamoDB/, name);
  }
});

const WRITE_TRACES = ["xray:PutTelemetryRecords *", "xray:PutTraceSegments *"];

test("with X-Ray, and only with it, every function may write traces and its requests are sampled", () => {
  const functionsOf = (name: ContextName) =>
    Object.entries(resourcesOf(name, "AWS::Lambda::Function"));
  for (const name of CONTEXT_NAMES) {
    const traced = name === "every-setting";
    for (const [id, { TracingConfig }] of functionsOf(name)) {
      assert.deepEqual(TracingConfig, traced ? { Mode: "Active" } : undefined, `${name}: ${id}`);
      const permissions = permissionsOf(name, id.replace(/Function\w+$/, ""));
      const traces = permissions.filter((permission) => permission.startsWith("xray:"));
      assert.deepEqual(traces, traced ? WRITE_TRACES : [], `${name}: ${id}`);
    }
  }
});

test("the example API may write its own log and nothing else", () => {
  assert.deepEqual(permissionsOf("app-clients", "ExampleApiClaims"), logsOf("ExampleApiClaims"));
});

test("roles have no managed policy, no policy of another resource, and no wildcard", () => {
  for (const name of CONTEXT_NAMES) {
    const { Resources } = jsonOf(name);
    for (const [id, { Type, Properties }] of Object.entries(Resources)) {
      assert.ok(!["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"].includes(Type), id);
      if (Type !== "AWS::IAM::Role") continue;
      assert.equal(Properties["ManagedPolicyArns"], undefined, id);
      // Traces have no resource: what may be written to "*" is tested above.
      const policies = (Properties["Policies"] as { PolicyName: string }[]).filter(
        ({ PolicyName }) => PolicyName !== "Traces",
      );
      assert.doesNotMatch(JSON.stringify(policies), /\*/, id);
    }
  }
});

test("each function has a role of its own, which Lambda alone may take", () => {
  for (const name of CONTEXT_NAMES) {
    const functions = Object.values(resourcesOf(name, "AWS::Lambda::Function"));
    const roles = functions.map(({ Role }) => rendered(Role));
    assert.equal(new Set(roles).size, functions.length, name);
    for (const role of Object.values(resourcesOf(name, "AWS::IAM::Role"))) {
      const { Statement } = role["AssumeRolePolicyDocument"] as { Statement: unknown[] };
      assert.deepEqual(Statement, [
        {
          Action: "sts:AssumeRole",
          Effect: "Allow",
          Principal: { Service: "lambda.amazonaws.com" },
        },
      ]);
    }
  }
});

test("a function is invoked by its own route of its own API only", () => {
  for (const permission of Object.values(resourcesOf("minimal", "AWS::Lambda::Permission"))) {
    assert.equal(permission["Principal"], "apigateway.amazonaws.com");
    const route = /ProxyHttpApi\w+\}\/\*\/\*(\/\w+)$/.exec(rendered(permission["SourceArn"]))?.[1];
    const target = rendered(permission["FunctionName"]).toLowerCase();
    assert.ok(route && target.includes(`proxy${route.slice(1)}function`), `${target} ${route}`);
  }
});
