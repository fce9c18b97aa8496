import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";

import { startChild, startUntilLine } from "./child-process.mjs";

const shell = (script) => ({ name: "The shell", command: "/bin/sh", args: ["-c", script] });

test("the end of a child is told in one sentence, with its last words", async () => {
  const ends = [];
  const onEnd = (sentence) => ends.push(sentence);
  const { ended } = startChild({ ...shell("echo one; echo two >&2; exit 3"), onEnd });
  assert.match(await ended, /^The shell exited with 3; its last words: (one \| two|two \| one)$/);
  assert.deepEqual(ends, [await ended]);
});

test("a child that was stopped isn't reported", async () => {
  const ends = [];
  const started = await startUntilLine(
    { ...shell("echo ready; exec sleep 600"), onEnd: (sentence) => ends.push(sentence) },
    (line) => line === "ready" || undefined,
  );
  await started.child.stop();
  assert.deepEqual(ends, []);
});

test("a program that doesn't exist is a sentence, too", async () => {
  const { ended } = startChild({ name: "Nothing", command: "/does/not/exist" });
  assert.match(await ended, /^Nothing exited with 127/);
});

test("a child ends when the process that started it is killed", async () => {
  const module = new URL("child-process.mjs", import.meta.url);
  const parent = spawn(process.execPath, [
    "--input-type=module",
    "--eval",
    `import { startChild } from ${JSON.stringify(module)};
     startChild({ name: "x", command: "/bin/sh", args: ["-c", "echo $$; exec sleep 600"], onLine: console.log });`,
  ]);
  const [bytes] = await once(parent.stdout, "data");
  const pid = Number(bytes);
  assert.ok(isAlive(pid));
  parent.kill("SIGKILL");
  for (let tries = 0; tries < 100 && isAlive(pid); tries += 1) await wait(20);
  assert.ok(!isAlive(pid));
});

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
