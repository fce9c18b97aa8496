// The command lines that docs/deploy.md names, from the root of a checkout, without an AWS account.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { fileURLToPath } from "node:url";

import { ARCHIVES } from "../test/support/contexts.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

// A root of its own, since a checkout may hold an operator's cdk.context.json.
const root = mkdtempSync(join(tmpdir(), "root-"));
for (const name of ["infra", "crates"]) symlinkSync(join(ROOT, name), join(root, name));
for (const name of ["cdk.json", "cdk.context.template"]) {
  copyFileSync(join(ROOT, name), join(root, name));
}
after(() => {
  rmSync(root, { recursive: true, force: true });
});

function synth(context: Readonly<Record<string, unknown>>) {
  writeFileSync(join(root, "cdk.context.json"), JSON.stringify(context));
  const [command, ...options] = ["npx", "--prefix", "infra", "cdk", "synth", "--quiet"] as const;
  return spawnSync(command, options, {
    cwd: root,
    encoding: "utf8",
    env: {
      PATH: process.env["PATH"],
      HOME: root,
      CDK_DISABLE_VERSION_CHECK: "1",
      CDK_DISABLE_CLI_TELEMETRY: "1",
    },
  });
}

const template = JSON.parse(readFileSync(join(root, "cdk.context.template"), "utf8")) as Record<
  string,
  unknown
>;

test("the template filled in makes a stack, without an account", () => {
  const { status, stderr } = synth({
    ...template,
    idp_name: "Okta",
    idp_issuer_url: "https://example.okta.com/oauth2/default",
    idp_client_id: "0oa1b2c3d4",
    userpool_allowed_callback_url: "https://app.example.com/callback",
    lambda_archive_dir: ARCHIVES,
  });
  assert.equal(status, 0, stderr);
  const made = readFileSync(join(root, "cdk.out", "sign-in-proxy.template.json"), "utf8");
  assert.match(made, /"ApiGwCallbackEndpoint"/);
});

test("the template as it is gives one report and exit code 1", () => {
  const { status, stderr, stdout } = synth(template);
  assert.equal(status, 1);
  const report = `${stdout}${stderr}`;
  assert.equal(report.match(/has \d+ problems/g)?.length, 1);
  assert.match(report, /idp_client_id is still the template's placeholder/);
  assert.doesNotMatch(report, /^\s+at .*\.(ts|js):\d+/m);
});
