// Rotations that are cut off at every point that can be told apart from outside, and resumed, while people sign in.
// A point is a step, a request within it, and whether that was handed on: the tool is killed there, or gets no answer.
import assert from "node:assert/strict";
import { test } from "node:test";

import { startDeployment } from "./rotation.mjs";
import { startSignIns } from "./steady-sign-ins.mjs";

const STEPS = ["begin", "publish", "accept", "switch", "prove", "remove"];

// A step that waits asks the same again and again: further requests are no further points.
const REQUESTS_PER_STEP_MAX = 8;

const RUNS_MAX = 200;

for (const jwks of [true, false]) {
  for (const fault of ["kill", "cut"]) {
    const provider = jwks ? "fetches the keys" : "has them pasted";
    const what = fault === "kill" ? "killed" : "cut off from its answer";
    test(`a rotation that is ${what} at every point ends well, where the provider ${provider}`, (t) =>
      interruptEverywhere(t, { jwks, fault }));
  }
}

async function interruptEverywhere(t, { jwks, fault }) {
  const points = new Set();
  let run;
  const deployment = await startDeployment({ jwks, spoil });

  function spoil(phase, what) {
    if (!run) return false;
    const step = deployment.stateStep();
    if (phase === "before") run.requests.set(step, (run.requests.get(step) ?? 0) + 1);
    const number = run.requests.get(step) ?? 0;
    const point = `${step} ${number} ${phase} ${what}`;
    if (run.killed || points.has(point) || number > REQUESTS_PER_STEP_MAX) return false;
    points.add(point);
    if (fault === "kill") run.killed = run.tool.kill();
    return true;
  }

  const oldKid = deployment.stack.signingKey.publicJwk.kid;
  const signIns = startSignIns(deployment.stack);
  // The provider's minute is tested elsewhere.
  const minute = setInterval(() => deployment.stack.idp.forgetFetchedKeys(), 500);
  let runs = 0;
  try {
    do {
      run = { requests: new Map(), killed: false };
      const onStart = (tool) => Object.assign(run, { tool });
      const options = ["--keep-old-hours", "0"];
      Object.assign(run, await deployment.rotate(options, { onStart }));
      assert.equal(run.signal, run.killed ? "SIGKILL" : null, run.output);
      runs += 1;
      assert.ok(runs < RUNS_MAX, run.output);
    } while (!run.output.includes("The rotation is complete"));
  } finally {
    clearInterval(minute);
    const { count, failures } = await signIns.stop();
    t.diagnostic(`${points.size} points, ${runs} runs, ${count} sign-ins`);
    const { kid } = await deployment.readLocal("private_key.json");
    const published = jwks && (await deployment.published());
    const files = await deployment.localFiles();
    await deployment.stop();
    assert.deepEqual(failures, [], `of ${count} sign-ins`);
    assert.notEqual(kid, oldKid);
    if (jwks) assert.deepEqual(published, [kid]);
    assert.deepEqual(files, ["private_key.json", "public_key.json", "public_key.pem"]);
  }
  const steps = new Set([...points].map((point) => point.split(" ")[0]));
  const expected = jwks ? STEPS : STEPS.filter((step) => step !== "publish");
  assert.deepEqual([...steps].sort(), [...expected].sort());
  assert.ok(points.size > 25, [...points].join("\n"));
  const printed = deployment.outputs.join("\n");
  for (const number of deployment.privateNumbers) assert.ok(!printed.includes(number));
}
