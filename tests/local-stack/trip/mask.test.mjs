import assert from "node:assert/strict";
import { test } from "node:test";

import { openedJwt, shown, shownCookie } from "./mask.mjs";

test("a long secret shows six characters and its length, a short one its length alone", () => {
  assert.equal(shown("code", "abcdefghijklmnopqrstuvwxyz"), "abcdef… (26 characters)");
  assert.equal(shown("client_secret", "hunter2"), "… (7 characters)");
});

test("what is no secret is shown as it is", () => {
  assert.equal(shown("scope", "openid email"), "openid email");
  assert.equal(shown("expires_in", 300), "300");
});

test("a client assertion shows its header and claims, not its signature", () => {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signature = "x".repeat(86);
  const jwt = `${part({ alg: "ES256" })}.${part({ iss: "me" })}.${signature}`;
  const opened = openedJwt(jwt);
  assert.deepEqual([opened.header, opened.claims], [{ alg: "ES256" }, { iss: "me" }]);
  assert.ok(!opened.signature.includes("x".repeat(7)));
  assert.ok(!shown("client_assertion", jwt).includes("x".repeat(7)));
  assert.equal(openedJwt("not a jwt"), undefined);
});

test("a cookie keeps its name and attributes", () => {
  const line = `__Host-tx-1=${"v".repeat(40)}; Path=/; Secure`;
  assert.equal(shownCookie(line), "__Host-tx-1=vvvvvv… (40 characters); Path=/; Secure");
  assert.equal(shownCookie("gone=; Max-Age=0"), "gone=; Max-Age=0");
});
