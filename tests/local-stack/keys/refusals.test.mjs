// What a rotation refuses to do, so that it never takes a key away that is still needed.
import assert from "node:assert/strict";
import { copyFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";

import { SECRETS } from "../lambda/environment.mjs";
import { generateSigningKey } from "../signing-key.mjs";
import { startDeployment } from "./rotation.mjs";

const SOON = { wait: "0.3" };

let deployment;
let everyAnswer;
before(async () => {
  const spoil = (phase, what) => phase === "before" && what.startsWith("idp ") && everyAnswer;
  deployment = await startDeployment({ jwks: false, spoil });
});
after(() => deployment?.stop());
beforeEach(async () => {
  everyAnswer = undefined;
  await rm(join(deployment.folder, "local"), { recursive: true, force: true });
  await deployment.stack.rotateSigningKey();
});

const current = () => deployment.stack.signingKey;

test("a current key that the provider refuses stops it before anything is made", async () => {
  deployment.stack.idp.registerClientKeys([]);
  const { code, output } = await deployment.rotate([], SOON);
  assert.equal(code, 1);
  assert.match(output, /refuses the current key .*invalid_client/);
  assert.deepEqual(await deployment.localFiles(), []);
});

test("a local private key that isn't the current one isn't overwritten", async () => {
  await deployment.tool(["keygen", "--alg", "ES256"]);
  const { code, output } = await deployment.rotate([], SOON);
  assert.equal(code, 1);
  assert.match(output, /is not the key that is replaced, and would be lost/);
  assert.deepEqual(await deployment.localFiles(), ["private_key.json", "public_key.json"]);
});

test("a secret that somebody else changed in the meantime isn't overwritten", async () => {
  assert.equal((await deployment.rotate([], stopAt("accept"))).code, 75);
  const { privateJwk, publicJwk } = await generateSigningKey("ES256");
  await deployment.stack.secrets.put(SECRETS.signingKey, JSON.stringify(privateJwk));
  const next = await deployment.readLocal("next_public_key.json");
  deployment.stack.idp.registerClientKeys([current().publicJwk, publicJwk, next]);
  const { code, output } = await deployment.rotate();
  assert.equal(code, 1, output);
  assert.match(output, /changed by somebody else/);
});

test("a next key that was exchanged on disk isn't put into Secrets Manager", async () => {
  assert.equal((await deployment.rotate([], stopAt("accept"))).code, 75);
  await deployment.tool(["keygen", "--alg", "ES256", "--out", "other"]);
  await copyFile(
    join(deployment.folder, "other", "private_key.json"),
    join(deployment.folder, "local", "next_private_key.json"),
  );
  const { code, output } = await deployment.rotate([], SOON);
  assert.equal(code, 1);
  assert.match(output, /not the key that the rotation began with/);
});

test("a provider that tells no key from another proves nothing, and the operator must say so", async () => {
  everyAnswer = answer("invalid_grant");
  const { code, output } = await deployment.rotate([], SOON);
  assert.equal(code, 75);
  assert.match(output, /register this JWK at the identity provider/);
  assert.match(output, /invalid_grant even to a key that it can't know.*--unproven/);
  assert.equal(deployment.stateStep(), "accept");
  const done = await deployment.rotate(["--unproven", "--keep-old-hours", "0"]);
  assert.equal(done.code, 0, done.output);
});

test("an answer that is neither yes nor no stops it before anything is made", async () => {
  everyAnswer = answer("temporarily_unavailable");
  const { code, output } = await deployment.rotate([], SOON);
  assert.equal(code, 1);
  assert.match(output, /can't be asked: the IdP answered 400 temporarily_unavailable/);
  assert.deepEqual(await deployment.localFiles(), []);
});

test("a state that can't be read is left alone, and so is another secret's", async () => {
  assert.equal((await deployment.rotate([], stopAt("accept"))).code, 75);
  const other = await deployment.rotate(["--signing-key-secret-id", "another"], SOON);
  assert.equal(other.code, 1);
  assert.match(other.output, /of another secret/);
  await writeFile(join(deployment.folder, "local", "rotation.json"), "{}");
  const { code, output } = await deployment.rotate([], SOON);
  assert.equal(code, 1);
  assert.match(output, /rotation\.json is not what this version/);
});

test("the old key isn't called gone while the provider still takes it", async () => {
  const { idp } = deployment.stack;
  const { registerClientKeys } = idp;
  // The operator overlooks that the old key is to be removed.
  const all = [];
  idp.registerClientKeys = (keys) => registerClientKeys(all.concat(keys));
  all.push(current().publicJwk);
  try {
    const waiting = await deployment.rotate(["--keep-old-hours", "0"], { wait: "12" });
    assert.equal(waiting.code, 75, waiting.output);
    assert.match(waiting.output, /still accepts the old key/);
    assert.equal(deployment.stateStep(), "remove");
  } finally {
    Object.assign(idp, { registerClientKeys });
  }
  const done = await deployment.rotate(["--keep-old-hours", "0"]);
  assert.equal(done.code, 0, done.output);
});

/** Nobody pastes the new key, so it waits there. */
function stopAt(step) {
  const { idp } = deployment.stack;
  const { registerClientKeys } = idp;
  idp.registerClientKeys = () => {};
  const onStart = (tool) =>
    tool.ended.then(() => {
      Object.assign(idp, { registerClientKeys });
      assert.equal(deployment.stateStep(), step);
    });
  return { ...SOON, onStart };
}

/** The provider's answer to every token request of the tool, whatever the key. */
const answer = (error) => ({ status: 400, body: JSON.stringify({ error }) });
