// The names of metrics are a contract with the functions: whatever alarms and dashboard ask for, the code writes.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";

import { DIMENSIONS, NAMESPACE } from "../lib/metrics.ts";
import { CONTEXT_NAMES } from "./support/contexts.ts";
import { rendered, resourcesOf } from "./support/synthesize.ts";

const CRATES = new URL("../../crates/", import.meta.url);

const read = (path: string) => readFileSync(new URL(path, CRATES), "utf8");

/** The code of all functions. */
const code = ["adapters", "authorize", "callback", "token", "jwks"]
  .flatMap((crate) =>
    readdirSync(new URL(`${crate}/src/`, CRATES), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".rs"))
      .map((path) => read(`${crate}/src/${path}`)),
  )
  .join("\n");

/** All alarms and dashboards as one text. */
const watched = CONTEXT_NAMES.flatMap((name) => [
  JSON.stringify(resourcesOf(name, "AWS::CloudWatch::Alarm")),
  ...Object.values(resourcesOf(name, "AWS::CloudWatch::Dashboard")).map(({ DashboardBody }) =>
    rendered(DashboardBody),
  ),
]).join("\n");

/** The words that stand behind a word in the watched text, as dimension's value or in a search. */
const valuesOf = (dimension: string) =>
  new Set(
    [
      ...watched.matchAll(new RegExp(`"Name":"${dimension}","Value":"(\\w+)"`, "g")),
      ...watched.matchAll(new RegExp(`"${dimension}","(?!Value")(\\w+)"`, "g")),
      ...watched.matchAll(new RegExp(`NOT ${dimension}=\\\\"(\\w+)\\\\"`, "g")),
    ].map(([, value]) => value ?? ""),
  );

test("namespace, metrics and dimensions are those that the functions write", () => {
  const logging = read("adapters/src/logging.rs");
  const metrics = ["Requests", "IdpLatency", "SigningKeyAge", "SecretRefreshFailures"];
  for (const name of [NAMESPACE, ...metrics, ...Object.values(DIMENSIONS)]) {
    assert.ok(logging.includes(`"${name}"`), name);
    assert.ok(watched.includes(name), name);
  }
});

test("every outcome and every cause that is asked for is a word of the code", () => {
  const outcomes = valuesOf(DIMENSIONS.outcome);
  const causes = valuesOf(DIMENSIONS.cause);
  assert.deepEqual([...outcomes].toSorted(), ["done", "failed", "idp_failed"]);
  assert.ok(causes.size >= 10, [...causes].join());
  for (const word of [...outcomes, ...causes]) assert.ok(code.includes(`"${word}"`), word);
});

test("no cause of a request that went on is counted among those that came to nothing", () => {
  const done = [...code.matchAll(/Outcome::Done, "(\w+)"/g)].map(([, cause]) => cause ?? "");
  const jwks = [...read("jwks/src/lib.rs").matchAll(/\{ "(\w+)" \} else \{ "(\w+)" \}/g)];
  const expected = [...done, ...jwks.flatMap(([, ...causes]) => causes)];
  assert.equal(expected.length, 5, expected.join());
  for (const cause of expected) assert.ok(watched.includes(`NOT cause=\\"${cause}\\"`), cause);
});
