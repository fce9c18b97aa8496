// One child process whose life is tied to ours: lines of its output, its end, and a stop that leaves nothing behind.
// It must not interpret what the child prints.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const TETHER = fileURLToPath(new URL("tether.sh", import.meta.url));
const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 5_000;

/**
 * Starts `command`, which ends at the latest when this process does. The result's `ended` resolves with a sentence.
 *
 * @param name what to call it in a sentence
 * @param endsWithStdin whether the command itself ends when its standard input closes
 * @param onLine hears each line of its output
 * @param onEnd hears a sentence if it ends without having been stopped
 */
export function startChild({
  name,
  command,
  args = [],
  env,
  cwd,
  endsWithStdin,
  onLine = () => {},
  onEnd = () => {},
}) {
  const [program, ...rest] = endsWithStdin ? [command, ...args] : [TETHER, command, ...args];
  // A process group of its own keeps a terminal's Ctrl-C from reaching it before our own orderly stop does.
  const child = spawn(program, rest, { env, cwd, detached: true });

  const lines = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      onLine(line);
    });
  }
  let stopping = false;
  const ended = new Promise((resolve) => {
    child.once("error", (error) => resolve(describeEnd(name, { error }, lines)));
    child.once("close", (code, signal) => resolve(describeEnd(name, { code, signal }, lines)));
    child.once("exit", () => child.stdin.destroy());
  });
  ended.then((sentence) => stopping || onEnd(sentence));

  return {
    ended,
    async stop() {
      stopping = true;
      child.stdin.destroy();
      const deadline = setTimeout(() => killGroup(child.pid), STOP_DEADLINE_MS);
      await ended;
      clearTimeout(deadline);
    },
  };
}

/** Starts a child and waits for the first value that `match` finds in a line of its output. */
export async function startUntilLine(options, match) {
  let child;
  let deadline;
  try {
    return await new Promise((resolve, reject) => {
      child = startChild({
        ...options,
        onLine(line) {
          const found = match(line);
          if (found !== undefined) resolve({ child, found });
        },
      });
      child.ended.then((sentence) => reject(new Error(sentence)));
      const tooLate = new Error(`${options.name} isn't ready after a minute.`);
      deadline = setTimeout(reject, START_DEADLINE_MS, tooLate);
    });
  } catch (error) {
    await child?.stop();
    throw error;
  } finally {
    clearTimeout(deadline);
  }
}

/** One sentence that says how a process ended, with its last words. */
function describeEnd(name, { code, signal, error }, lines) {
  const how = error?.message ?? (signal ? `ended by ${signal}` : `exited with ${code}`);
  const words = lines.filter((line) => line.trim() !== "").slice(-3);
  return `${name} ${how}${words.length > 0 ? `; its last words: ${words.join(" | ")}` : "."}`;
}

function killGroup(pid) {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It ended in the meantime.
  }
}
