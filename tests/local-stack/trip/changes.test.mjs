import assert from "node:assert/strict";
import { test } from "node:test";

import { changesBetween } from "./changes.mjs";

test("each parameter is kept, replaced, removed or added", () => {
  const before = [
    ["scope", "openid"],
    ["state", "long"],
    ["client_secret", "s"],
  ];
  const after = [
    ["state", "short"],
    ["scope", "openid"],
    ["code_verifier", "v"],
  ];
  assert.deepEqual(
    changesBetween(before, after).map(({ name, change }) => `${change} ${name}`),
    ["kept scope", "replaced state", "removed client_secret", "added code_verifier"],
  );
});
