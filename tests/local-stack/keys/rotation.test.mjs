// Whole rotations against the certified provider while people sign in, one begun every 100 ms: none of them may fail.
import assert from "node:assert/strict";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { SECRETS } from "../lambda/environment.mjs";
import { startDeployment } from "./rotation.mjs";
import { startSignIns } from "./steady-sign-ins.mjs";

const DAY_SECONDS = 86_400;

const PROVIDERS = {
  // It keeps what it fetched for a minute, as oidc-provider does.
  "that fetches the keys": { jwks: true },
  "where keys are pasted": { jwks: false },
};
for (const [which, options] of Object.entries(PROVIDERS)) {
  test(`a rotation at a provider ${which} fails no sign-in, and the old key goes a day later`, async (t) => {
    const deployment = await startDeployment(options);
    const signIns = startSignIns(deployment.stack);
    try {
      await rotateWithADayBetween(deployment, options);
    } finally {
      const { count, failures } = await signIns.stop();
      t.diagnostic(`${count} sign-ins`);
      await deployment.stop();
      assert.deepEqual(failures, []);
      assert.ok(count > 50, `${count} sign-ins`);
    }
    assertNothingPrivate(deployment);
  });
}

async function rotateWithADayBetween(deployment, { jwks }) {
  const { stack } = deployment;
  const oldKid = stack.signingKey.publicJwk.kid;

  const first = await deployment.rotate();
  assert.equal(first.code, 0, first.output);
  assert.match(first.output, /run this again after .* GMT to have it removed/);
  const newKid = (await deployment.readLocal("private_key.json")).kid;
  assert.notEqual(newKid, oldKid);
  assert.equal(lastKid(stack), newKid, "the proxy signs with the new key");
  if (jwks) assert.deepEqual(await deployment.published(), [oldKid, newKid]);

  const early = await deployment.rotate();
  assert.equal(early.code, 0, early.output);
  assert.match(early.output, /run this again after/);
  if (jwks) assert.deepEqual(await deployment.published(), [oldKid, newKid], "still both");

  await letADayPass(deployment);
  const last = await deployment.rotate();
  assert.equal(last.code, 0, last.output);
  assert.match(last.output, /The rotation is complete/);
  if (jwks) assert.deepEqual(await deployment.published(), [newKid]);
  assert.deepEqual(await deployment.localFiles(), [
    ...["private_key.json", "public_key.json", "public_key.pem"],
  ]);
  const { mode } = await stat(join(deployment.folder, "local", "private_key.json"));
  assert.equal(mode & 0o777, 0o600);
}

async function letADayPass(deployment) {
  const { switched_at } = await deployment.readLocal("rotation.json");
  await changeState(deployment, { switched_at: switched_at - DAY_SECONDS });
}

async function changeState({ folder, readLocal }, changes) {
  const state = { ...(await readLocal("rotation.json")), ...changes };
  await writeFile(join(folder, "local", "rotation.json"), JSON.stringify(state));
}

function assertNothingPrivate({ privateNumbers, outputs, stack }) {
  const printed = [...outputs, ...stack.lambdas.logs.map(({ line }) => line)].join("\n");
  assert.ok(privateNumbers.size >= 2);
  for (const number of privateNumbers) assert.ok(!printed.includes(number));
  assert.ok(!printed.includes(stack.cognitoClientSecret));
}

const WAYS_TO_SEE = {
  "without PKCE the proxy is seen to sign by /token alone": {
    options: { pkce: false },
    expected: /seen 3 times in a row/,
  },
  "where the proxy can't be seen to sign the tool says so, and waits until it must": {
    changes: { COGNITO_CLIENT_SECRET_ID: "" },
    expected: /not seen, since .* is not set.*\(10 s\)[^]*waiting: for every instance to ask/,
  },
};
for (const [name, { options, changes, expected }] of Object.entries(WAYS_TO_SEE)) {
  test(name, async () => {
    const deployment = await startDeployment(options ?? {});
    try {
      const { code, output } = await deployment.rotate(["--keep-old-hours", "0"], { changes });
      assert.equal(code, 0, output);
      assert.match(output, expected);
      assert.equal((await deployment.stack.signIn()).error, undefined);
      const { kid } = await deployment.readLocal("private_key.json");
      assert.equal(lastKid(deployment.stack), kid);
    } finally {
      await deployment.stop();
    }
  });
}

test("a dry run says what would be done, and changes nothing", async () => {
  const deployment = await startDeployment({ jwks: true });
  try {
    const before = await deployment.published();
    const { code, output } = await deployment.rotate(["--dry-run"]);
    assert.equal(code, 0, output);
    assert.match(output, /accepts the current key[^]*1\/6[^]*6\/6[^]*Nothing was changed/);
    assert.deepEqual(await deployment.published(), before);
    await assert.rejects(deployment.localFiles(), { code: "ENOENT" });
    const changing = deployment.stack.aws.calls.map(({ operation }) => operation).slice(-2);
    assert.deepEqual(new Set(changing), new Set(["GetSecretValue"]));
  } finally {
    await deployment.stop();
  }
});

test("a rotation that the operator leaves waiting has changed nothing that matters, and ends with 75", async () => {
  const deployment = await startDeployment({ jwks: false });
  try {
    deployment.stack.idp.registerClientKeys = () => {}; // nobody pastes anything
    const { code, output } = await deployment.rotate([], { wait: "0.3" });
    assert.equal(code, 75, output);
    assert.match(output, /doesn't know the new key yet\. Run this again/);
    assert.equal(deployment.stateStep(), "accept");
    assert.equal((await deployment.stack.signIn()).error, undefined);
    assert.equal(lastKid(deployment.stack), deployment.stack.signingKey.publicJwk.kid);
  } finally {
    await deployment.stop();
  }
});

test("a key that the provider doesn't accept any more isn't put into Secrets Manager", async () => {
  const deployment = await startDeployment({ jwks: false });
  try {
    deployment.stack.idp.registerClientKeys = () => {};
    await deployment.rotate([], { wait: "0.3" });
    await changeState(deployment, { step: "switch" }); // as if it had been accepted some days ago
    const { code, output } = await deployment.rotate([], { wait: "0.3" });
    assert.equal(code, 75, output);
    assert.match(output, /accepted the new key before, and doesn't now/);
    assert.equal(deployment.stateStep(), "publish");
    assert.equal((await deployment.stack.signIn()).error, undefined);
  } finally {
    await deployment.stop();
  }
});

test("an old key that was put back keeps its public half", async () => {
  const deployment = await startDeployment({ jwks: true });
  const { stack } = deployment;
  const { privateJwk, publicJwk } = stack.signingKey;
  try {
    const { code, output } = await deployment.rotate();
    assert.equal(code, 0, output);
    const both = await deployment.published();
    await stack.secrets.put(SECRETS.signingKey, JSON.stringify(privateJwk));
    await letADayPass(deployment);
    const refused = await deployment.rotate();
    assert.equal(refused.code, 1, refused.output);
    assert.match(refused.output, new RegExp(`holds the key ${publicJwk.kid} and not`));
    assert.deepEqual(await deployment.published(), both);
  } finally {
    await deployment.stop();
  }
});

test("a private key is refused by publish, and a key is published and withdrawn by name", async () => {
  const deployment = await startDeployment({ jwks: true });
  const secret = ["--jwks-secret-id", "local/jwks"];
  try {
    await deployment.tool(["keygen", "--alg", "ES256", "--kid", "-begins-with-a-hyphen"]);
    const before = await deployment.published();
    const refused = await deployment.tool(["publish", "local/private_key.json", ...secret]);
    assert.equal(refused.code, 1);
    assert.match(refused.output, /not published: .*PRIVATE key/);
    const { d } = await deployment.readLocal("private_key.json");
    assert.ok(!refused.output.includes(d));
    assert.deepEqual(await deployment.published(), before);

    const added = await deployment.tool(["publish", "local/public_key.json", ...secret]);
    assert.equal(added.code, 0, added.output);
    await deployment.stack.lambdas.restart("jwks");
    assert.deepEqual(await deployment.published(), [...before, "-begins-with-a-hyphen"]);

    const removed = await deployment.tool([
      ...["withdraw", "--kid", "-begins-with-a-hyphen", ...secret],
    ]);
    assert.equal(removed.code, 0, removed.output);
    await deployment.stack.lambdas.restart("jwks");
    assert.deepEqual(await deployment.published(), before);

    await deployment.tool(["keygen", "--alg", "ES256", "--kid", before[0], "--force"]);
    const taken = await deployment.tool(["publish", "local/public_key.json", ...secret]);
    assert.equal(taken.code, 1);
    assert.match(taken.output, /publishes another key of this kid/);

    const last = await deployment.tool(["withdraw", "--kid", before[0], ...secret]);
    assert.equal(last.code, 1);
    assert.match(last.output, /without a key/);
  } finally {
    await deployment.stop();
  }
});

function lastKid(stack) {
  const { form } = stack.idp.tokenRequests.at(-1);
  return JSON.parse(Buffer.from(form.client_assertion.split(".")[0], "base64url")).kid;
}
