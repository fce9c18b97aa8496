// crates/environment.json is what the Lambdas read. The template gives each of them that, and nothing else.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { SET_BY_THE_STACK, schema } from "../lib/configuration/schema.ts";
import { CONTEXTS, CONTEXT_NAMES, type ContextName, MINIMAL } from "./support/contexts.ts";
import { LAMBDAS, lambdaOf, rendered } from "./support/synthesize.ts";
import { readConfiguration } from "../lib/configuration/read.ts";

type Lambda = keyof typeof LAMBDAS;

interface Setting {
  readonly variable: string;
  readonly lambdas: readonly Lambda[];
  readonly type: string;
  readonly default: string | null;
  readonly required: string;
}

const CONTRACT = JSON.parse(
  readFileSync(new URL("../../crates/environment.json", import.meta.url), "utf8"),
) as readonly Setting[];

/** A value as a Lambda finds it in its environment. */
const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

const keyOf = ({ variable }: Setting) => variable.toLowerCase();

/** Whether a setting is needed, by the words of the contract. Words that aren't here need an answer first. */
function isNeeded({ required }: Setting, name: ContextName): boolean {
  const { pkce, transactionStore } = readConfiguration(CONTEXTS[name]);
  const answers = new Map([
    ["yes", true],
    ["no", false],
    ["by audience", false],
    ["with PKCE", pkce],
    ["with PKCE and the store `browser`", pkce && transactionStore === "browser"],
    ["with the store `dynamodb`", transactionStore === "dynamodb"],
  ]);
  const answer = answers.get(required);
  assert.notEqual(answer, undefined, required);
  return answer === true;
}

/** The Lambdas that a variant deploys. */
function lambdasOf(name: ContextName): Lambda[] {
  const { pkce, jwksRoute } = readConfiguration(CONTEXTS[name]);
  return [
    ...(pkce ? (["authorize", "callback"] as const) : []),
    "token",
    ...(jwksRoute === undefined ? [] : (["jwks"] as const)),
  ];
}

function environmentOf(name: ContextName, lambda: Lambda): Record<string, unknown> {
  const properties = lambdaOf(name, LAMBDAS[lambda]);
  return (properties["Environment"] as { Variables: Record<string, unknown> }).Variables;
}

const listedFor = (lambda: Lambda) => CONTRACT.filter(({ lambdas }) => lambdas.includes(lambda));

test("no Lambda is given a variable that it doesn't read", () => {
  for (const name of CONTEXT_NAMES) {
    for (const lambda of lambdasOf(name)) {
      const listed = listedFor(lambda).map(({ variable }) => variable);
      const strangers = Object.keys(environmentOf(name, lambda)).filter(
        (variable) => !listed.includes(variable),
      );
      assert.deepEqual(strangers, [], `${name}: ${lambda}`);
    }
  }
});

test("every Lambda is given every variable that it can't do without", () => {
  for (const name of CONTEXT_NAMES) {
    for (const lambda of lambdasOf(name)) {
      const given = Object.keys(environmentOf(name, lambda));
      for (const setting of listedFor(lambda)) {
        const { variable, required } = setting;
        const alternative = /^instead of `(\w+)`$/.exec(required)?.[1];
        const stands = CONTRACT.find((other) => other.required === `instead of \`${variable}\``);
        if (alternative) {
          const both = [alternative, variable].filter((one) => given.includes(one));
          assert.equal(both.length, 1, `${name}: ${lambda} has ${both.join(" and ")}`);
        } else if (isNeeded(setting, name) && !stands) {
          assert.ok(given.includes(variable), `${name}: ${lambda} lacks ${variable}`);
        }
      }
    }
  }
});

test("a context that sets everything reaches every variable of the contract", () => {
  for (const lambda of Object.keys(LAMBDAS) as Lambda[]) {
    const reached = new Set(
      (["every-setting", "minimal", "dynamodb"] as const)
        .filter((name) => lambdasOf(name).includes(lambda))
        .flatMap((name) => Object.keys(environmentOf(name, lambda))),
    );
    const listed = listedFor(lambda).map(({ variable }) => variable);
    assert.deepEqual([...reached].toSorted(), listed.toSorted(), lambda);
  }
});

test("a setting's context key is its variable in small letters, unless the stack sets it", () => {
  for (const setting of CONTRACT) {
    const known = keyOf(setting) in schema.shape || SET_BY_THE_STACK.includes(keyOf(setting));
    assert.ok(known, keyOf(setting));
  }
  const variables = CONTRACT.map(keyOf);
  assert.deepEqual(
    SET_BY_THE_STACK.filter((key) => !variables.includes(key)),
    [],
  );
});

test("a setting reaches its Lambdas with the value from the context", () => {
  const context: Readonly<Record<string, unknown>> = CONTEXTS["every-setting"];
  for (const setting of CONTRACT) {
    const value = context[keyOf(setting)];
    if (value === undefined) continue;
    for (const lambda of setting.lambdas) {
      const given = environmentOf("every-setting", lambda)[setting.variable];
      assert.equal(given, text(value), `${lambda}: ${setting.variable}`);
    }
  }
});

test("defaults and limits are those of the Lambdas", () => {
  const configuration: Readonly<Record<string, unknown>> = readConfiguration(MINIMAL);
  for (const setting of CONTRACT) {
    const key = keyOf(setting);
    const camelCase = key.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    const value = configuration[camelCase];
    // Without a value the variable isn't set, and the Lambda's own default holds.
    const ours = value === undefined || setting.default === null ? setting.default : text(value);
    assert.equal(ours, setting.default, key);

    const limits = /^(\d+) to (\d+)$/.exec(setting.type);
    if (!limits) continue;
    const field = schema.shape[key as keyof typeof schema.shape];
    const [min, max] = [Number(limits[1]), Number(limits[2])];
    const accepted = [min - 1, min, max, max + 1].map((number) => field.safeParse(number).success);
    assert.deepEqual(accepted, [false, true, true, false], key);
  }
});

test("secrets are passed by name only, each Lambda its own", () => {
  const environment = environmentOf("minimal", "token");
  assert.match(rendered(environment["SIGNING_KEY_SECRET_ID"]), /^\$\{SecretsSigningKey\w+\}$/);
  assert.match(
    rendered(environment["COGNITO_CLIENT_SECRET_ID"]),
    /^\$\{SecretsCognitoClientSecret\w+\}$/,
  );
  for (const lambda of ["authorize", "callback", "token"] as const) {
    const id = environmentOf("minimal", lambda)["TRANSACTION_SECRET_ID"];
    assert.match(rendered(id), /^\$\{SecretsTransactionSecret\w+\}$/);
  }
});

test("a Lambda is told of the store that is deployed, and of no other", () => {
  for (const lambda of ["authorize", "callback", "token"] as const) {
    const browser = environmentOf("minimal", lambda);
    assert.equal(browser["TRANSACTION_STORE"], "browser");
    assert.ok(!("TRANSACTION_TABLE_NAME" in browser), lambda);
    const dynamodb = environmentOf("dynamodb", lambda);
    assert.equal(dynamodb["TRANSACTION_STORE"], "dynamodb");
    assert.match(rendered(dynamodb["TRANSACTION_TABLE_NAME"]), /^\$\{TransactionsTable\w+\}$/);
    assert.ok(!("TRANSACTION_SECRET_ID" in dynamodb), lambda);
  }
});
