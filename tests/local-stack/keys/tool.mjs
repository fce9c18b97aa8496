// Runs the built `keys` program, and keeps everything it printed. What it is asked to do is the caller's business.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PROGRAM = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "debug", "keys");

/**
 * @param env all of its environment
 * @param input what it reads on standard input
 * @param onLine hears each line as it is printed
 * @returns its `ended` (`{ code, signal, output }`) and a way to `kill` it, as a power cut would
 */
export function startTool(args, { cwd, env = {}, input = "", onLine = () => {} } = {}) {
  const child = spawn(PROGRAM, args, { cwd, env });
  let output = "";
  let rest = "";
  const hear = (chunk) => {
    output += chunk;
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    lines.forEach(onLine);
  };
  child.stdout.setEncoding("utf8").on("data", hear);
  child.stderr.setEncoding("utf8").on("data", hear);
  child.stdin.on("error", () => {}).end(input); // it may end before it has read anything
  const ended = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, output }));
  });
  return { ended, kill: () => child.kill("SIGKILL") };
}

export const runTool = (args, options) => startTool(args, options).ended;
