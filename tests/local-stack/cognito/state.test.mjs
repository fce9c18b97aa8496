import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";

import { nonceFor, openState, sealState } from "./state.mjs";

const random = () => randomBytes(32).toString("base64url");
const key = randomBytes(32);
const signIn = () => ({
  userPoolId: "eu-west-2_LocalPool",
  providerName: "StrictID",
  clientId: "6ab3k0v9t5m2x8c1q7w4e0r5y9",
  redirectUri: "http://app.localhost:4400/callback",
  scopes: ["openid", "email", "profile"],
  state: random(),
  codeChallenge: random(),
  nonce: random(),
  serverHostPort: "cognito.localhost:4401",
});
const at = (nowSeconds, cookie = "browser") => ({ key, cookie, nowSeconds });

test("it has the length and the characters that were seen on the wire", () => {
  for (let count = 0; count < 200; count += 1) {
    const state = sealState(signIn(), at(1_800_000_000));
    assert.match(state, /^H4sI[\w-]+\.H4sI[\w-]+\.\d$/);
    assert.ok(state.length >= 677 && state.length <= 743, `${state.length} characters`);
  }
});

test("it opens for the same browser within five minutes", () => {
  const given = signIn();
  const state = sealState(given, at(1000));
  assert.equal(openState(state, at(1299)).state, given.state);
  assert.equal(openState(state, at(1299)).redirectUri, given.redirectUri);
  assert.equal(openState(state, at(1300)), undefined);
  assert.equal(openState(state, at(1000, "another")), undefined);
  assert.equal(openState(state, at(1000, "")), undefined);
});

test("a change anywhere spoils it", () => {
  const state = sealState(signIn(), at(1000));
  for (const index of [30, 100, state.indexOf(".") + 30, state.length - 1]) {
    const changed = state[index] === "A" ? "B" : "A";
    const forged = state.slice(0, index) + changed + state.slice(index + 1);
    assert.equal(openState(forged, at(1000)), undefined, `at ${index}`);
  }
  assert.equal(openState(`${state}.3`, at(1000)), undefined);
  assert.equal(openState(null, at(1000)), undefined);
});

test("the nonce has 171 characters and belongs to its state", () => {
  assert.equal(nonceFor("one", key).length, 171);
  assert.notEqual(nonceFor("one", key), nonceFor("two", key));
});
