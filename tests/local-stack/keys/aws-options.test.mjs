// Whose credentials and which region the tool signs its requests to AWS with, and what it says when they aren't enough.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { answer, openServer } from "../http-server.mjs";
import { runTool } from "./tool.mjs";

let folder;
let socket;
let env;
const signedAs = [];
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "keys-"));
  socket = await openServer({ name: "aws" });
  answer(socket, {
    fallback({ headers }) {
      const [, key, region] = headers.authorization.match(/Credential=(\w+)\/\d+\/([\w-]+)\//);
      signedAs.push({ key, region });
      const body = { __type: "AccessDeniedException", Message: "not you" };
      return { status: 400, body: JSON.stringify(body) };
    },
  });
  const write = (name, content) => writeFile(join(folder, name), content);
  await write("config", "[profile operator]\nregion = eu-west-2\n");
  await write(
    "credentials",
    "[operator]\naws_access_key_id = OFPROFILE\naws_secret_access_key = b\n",
  );
  env = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${socket.port}`,
    AWS_CONFIG_FILE: join(folder, "config"),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials"),
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_ACCESS_KEY_ID: "OFENVIRONMENT",
    AWS_SECRET_ACCESS_KEY: "b",
  };
  await runTool(["keygen", "--alg", "ES256"], { cwd: folder });
});
after(async () => {
  await socket.stop();
  await rm(folder, { recursive: true });
});

const publish = (args, more = {}) =>
  runTool(["publish", "--jwks-secret-id", "keys", ...args], {
    cwd: folder,
    env: { ...env, ...more },
  });

const WAYS = {
  "a profile that is named counts more than the environment's credentials": {
    args: ["--profile", "operator"],
    expected: { key: "OFPROFILE", region: "eu-west-2" },
  },
  "a region that is named counts more than the profile's": {
    args: ["--profile", "operator", "--region", "us-east-1"],
    expected: { key: "OFPROFILE", region: "us-east-1" },
  },
  "without a profile the environment's credentials count": {
    more: { AWS_REGION: "eu-central-1" },
    expected: { key: "OFENVIRONMENT", region: "eu-central-1" },
  },
  "AWS_PROFILE gives the region": {
    more: { AWS_PROFILE: "operator" },
    expected: { key: "OFENVIRONMENT", region: "eu-west-2" },
  },
};
for (const [name, { args = [], more, expected }] of Object.entries(WAYS)) {
  test(name, async () => {
    const { code, output } = await publish(args, more);
    assert.equal(code, 1);
    assert.match(output, /GetSecretValue of keys: AccessDeniedException: not you/);
    assert.deepEqual(signedAs.at(-1), expected);
  });
}

test("a profile that isn't there, and a region that is missing, are named", async () => {
  assert.match((await publish(["--profile", "nobody"])).output, /profile `nobody` was not defined/);
  assert.match((await publish([])).output, /missing signing region/);
});
