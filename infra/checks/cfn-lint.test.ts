// cfn-lint on every variant's template: CloudFormation's own schemas and rules, with no error and no warning.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { fileURLToPath } from "node:url";

import { CONTEXT_NAMES } from "../test/support/contexts.ts";
import { jsonOf } from "../test/support/synthesize.ts";

const CFN_LINT = fileURLToPath(new URL("../../.venv/bin/cfn-lint", import.meta.url));

const directory = mkdtempSync(join(tmpdir(), "templates-"));
after(() => {
  rmSync(directory, { recursive: true, force: true });
});

const lint = (...paths: readonly string[]) =>
  spawnSync(CFN_LINT, ["--regions", "eu-west-2", "us-east-1", "--", ...paths], {
    encoding: "utf8",
  });

test("cfn-lint has nothing to say about any variant", () => {
  const paths = CONTEXT_NAMES.map((name) => {
    const path = join(directory, `${name}.json`);
    writeFileSync(path, JSON.stringify(jsonOf(name)));
    return path;
  });
  const { status, stdout, stderr } = lint(...paths);
  assert.equal(`${stdout}${stderr}`, "");
  assert.equal(status, 0);
});

test("cfn-lint would say so if a template were wrong", () => {
  const path = join(directory, "wrong.json");
  writeFileSync(path, JSON.stringify(jsonOf("minimal")).replaceAll("provided.al2023", "provided"));
  const { status, stdout } = lint(path);
  assert.notEqual(status, 0);
  assert.match(stdout, /provided/);
});

test("cfn-lint is of the version that is pinned", () => {
  const version = execFileSync(CFN_LINT, ["--version"], { encoding: "utf8" });
  assert.match(version, /cfn-lint 1\.58\.0/);
});
