// Where secrets are, and where they aren't.
import assert from "node:assert/strict";
import test from "node:test";

import { CONTEXT_NAMES, type ContextName } from "./support/contexts.ts";
import { jsonOf, onlyResourceOf, rendered, resourcesOf } from "./support/synthesize.ts";

const SECRET = "AWS::SecretsManager::Secret";

function secretOf(name: ContextName, construct: string) {
  const found = Object.entries(resourcesOf(name, SECRET)).find(([id]) =>
    id.startsWith(`Secrets${construct}`),
  );
  return found?.[1];
}

test("the transaction secret and the client secret are 64 random letters and digits", () => {
  for (const construct of ["TransactionSecret", "CognitoClientSecret"]) {
    assert.deepEqual(secretOf("minimal", construct)?.["GenerateSecretString"], {
      ExcludePunctuation: true,
      IncludeSpace: false,
      PasswordLength: 64,
    });
  }
});

test("the signing key's secret begins without any value", () => {
  const signingKey = secretOf("minimal", "SigningKey");
  assert.ok(signingKey);
  assert.deepEqual(Object.keys(signingKey), ["Description"]);
});

test("without PKCE, and with a table, there is no transaction secret", () => {
  for (const name of ["without-pkce", "dynamodb"] as const) {
    assert.equal(secretOf(name, "TransactionSecret"), undefined);
    assert.ok(secretOf(name, "SigningKey"));
  }
});

test("Cognito gets its client secret through a dynamic reference", () => {
  for (const name of CONTEXT_NAMES) {
    const provider = onlyResourceOf(name, "AWS::Cognito::UserPoolIdentityProvider");
    const { client_secret } = provider["ProviderDetails"] as Record<string, unknown>;
    assert.match(
      rendered(client_secret),
      /^\{\{resolve:secretsmanager:\$\{SecretsCognitoClientSecret\w+\}:SecretString:::\}\}$/,
      name,
    );
  }
});

test("no secret's value is anywhere else: one reference in the provider, and no text", () => {
  for (const name of CONTEXT_NAMES) {
    const template = jsonOf(name);
    const whole = JSON.stringify(template);
    assert.equal(whole.match(/\{\{resolve:/g)?.length, 1, name);
    for (const secret of Object.values(resourcesOf(name, SECRET))) {
      assert.equal(secret["SecretString"], undefined, name);
    }
    const clientSecrets = whole.match(/"client_secret":"[^"]*"/g) ?? [];
    assert.deepEqual(clientSecrets, [], name);
    assert.doesNotMatch(JSON.stringify(template.Outputs), /resolve:/);
  }
});

test("secrets and the pool stay when they leave the stack, unless told otherwise", () => {
  const kept = [SECRET, "AWS::Cognito::UserPool", "AWS::Logs::LogGroup"];
  for (const [name, policy] of [
    ["minimal", "RetainExceptOnCreate"],
    ["every-setting", "Delete"],
  ] as const) {
    const resources = Object.values(jsonOf(name).Resources).filter(({ Type }) =>
      kept.includes(Type),
    );
    assert.ok(resources.length >= 6);
    for (const { DeletionPolicy, Type } of resources) {
      // A protected pool can't be deleted: the undoing of a failed deployment must leave it behind.
      const isProtected = Type === "AWS::Cognito::UserPool" && name === "minimal";
      assert.equal(DeletionPolicy, isProtected ? "Retain" : policy, Type);
    }
  }
});

test("the logical ids of what must survive an update never change", () => {
  const ids = Object.entries(jsonOf("minimal").Resources)
    .filter(([, { Type }]) => Type === SECRET || Type.startsWith("AWS::Cognito::"))
    .map(([id]) => id);
  assert.deepEqual(ids.toSorted(), [
    "AppClientsapp1D9AD591",
    "IdentityProvider39977A0E",
    "SecretsCognitoClientSecret689C921D",
    "SecretsSigningKey427004F6",
    "SecretsTransactionSecret88186446",
    "UserPoolDAD9161D",
    "UserPoolDomainB9359F9B",
  ]);
});
