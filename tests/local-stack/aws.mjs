// AWS on loopback: moto behind a pass-through that counts the calls, so that "a warm sign-in calls no AWS" can be seen.
// It keeps the name and time of a call, never its content.
import { fileURLToPath } from "node:url";

import { startUntilLine } from "./child-process.mjs";
import { answer, now } from "./http-server.mjs";
import { forward } from "./pass-through.mjs";

const MOTO = fileURLToPath(new URL("moto.py", import.meta.url));

export const REGION = "eu-west-2";
export const CREDENTIALS = { accessKeyId: "local", secretAccessKey: "local" };

/** @returns {{ endpoint: string, calls: { operation: string, at: number }[], stop(): Promise<void> }} */
export async function startAws({ python, socket, onEnd }) {
  const { child, found: moto } = await startUntilLine(
    { name: "moto (AWS)", command: python, args: [MOTO], endsWithStdin: true, onEnd },
    (line) => (line.startsWith("{") ? new URL(JSON.parse(line).endpoint) : undefined),
  );
  const calls = [];
  answer(socket, {
    fallback(request) {
      const operation = request.headers["x-amz-target"] ?? `${request.method} ${request.target}`;
      calls.push({ operation: operation.split(".").pop(), at: now() });
      return forward(request, moto);
    },
  });
  return { endpoint: `http://127.0.0.1:${socket.port}`, calls, stop: () => child.stop() };
}
