// The documents name every key, output and file that there is, and no other.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";

import { schema } from "../lib/configuration/schema.ts";
import { CONTEXT_NAMES, MINIMAL } from "./support/contexts.ts";
import { readConfiguration } from "../lib/configuration/read.ts";
import { jsonOf } from "./support/synthesize.ts";

const DOCS = new URL("../../docs/", import.meta.url);

const read = (path: string) => readFileSync(new URL(path, DOCS), "utf8");

const pagesIn = (directory: string) =>
  readdirSync(new URL(`./${directory}`, DOCS))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${directory}${name}`);

const OURS = [
  "../README.md",
  "../SECURITY.md",
  "../tests/bench/README.md",
  ...pagesIn(""),
  ...pagesIn("idp/"),
  ...pagesIn("behind-cognito/"),
];

test("every context key has a row in deploy.md or configuration.md", () => {
  const rows = `${read("deploy.md")}\n${read("configuration.md")}`
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|")[1] ?? "")
    .join();
  const missing = Object.keys(schema.shape).filter((key) => !rows.includes(`\`${key}\``));
  assert.deepEqual(missing, []);
});

test("every output has a row in deploy.md", () => {
  const document = read("deploy.md");
  const outputs = new Set(CONTEXT_NAMES.flatMap((name) => Object.keys(jsonOf(name).Outputs)));
  const missing = [...outputs].filter(
    (output) => !/^AppClientId./.test(output) && !document.includes(`\`${output}\``),
  );
  assert.deepEqual(missing, []);
});

test("every context in the documents is one that can be deployed", () => {
  for (const page of OURS) {
    for (const [, json = ""] of read(page).matchAll(/```json\n([^`]*)```/g)) {
      if (!/"(idp_name|app_clients|example_api)"/.test(json)) continue;
      const context = JSON.parse(json) as Record<string, unknown>;
      const rest = "idp_name" in context ? {} : MINIMAL;
      assert.doesNotThrow(() => readConfiguration({ ...rest, ...context }), page);
    }
  }
});

test("every link inside the documents leads somewhere", () => {
  for (const page of OURS) {
    const here = new URL(page, DOCS);
    for (const [, target = ""] of read(page).matchAll(/\]\(([^)]+)\)/g)) {
      if (target.includes("://")) continue;
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? here : new URL(path, here);
      assert.ok(existsSync(fileURLToPath(file)), `${page}: ${target}`);
      if (anchor === undefined) continue;
      const anchors = [...readFileSync(file, "utf8").matchAll(/^#+ (.+)$/gm)].map(
        ([, title = ""]) =>
          title
            .toLowerCase()
            .replaceAll(/[^\w -]/g, "")
            .replaceAll(" ", "-"),
      );
      assert.ok(anchors.includes(anchor), `${page}: ${target}`);
    }
  }
});

test("every cause that a Lambda logs is explained in deploy.md", () => {
  const document = read("deploy.md");
  const sources = [
    ...["authorize/src/lib.rs", "callback/src/lib.rs", "token/src/error.rs"],
    ...["adapters/src/cached_secret.rs", "adapters/src/transaction_store/mod.rs"],
  ].map((path) => readFileSync(new URL(`../crates/${path}`, DOCS), "utf8"));
  const causes = sources
    .flatMap((source) => [...source.matchAll(/"([a-z]+(?:_[a-z]+)+)"/g)])
    .map(([, cause]) => cause ?? "");
  assert.ok(causes.length > 40);
  assert.deepEqual(
    causes.filter((cause) => !document.includes(`\`${cause}\``)),
    [],
  );
});
