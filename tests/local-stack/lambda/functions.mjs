// The built Lambdas as processes behind the real Lambda Runtime API, which `cargo lambda watch` plays.
// It hands each its environment and nothing of ours, keeps their log lines, and tells when one ends.
import { join } from "node:path";

import { startChild, startUntilLine } from "../child-process.mjs";
import { openServer } from "../http-server.mjs";
import { eventOf } from "./http-api-event.mjs";

// What an HTTP API waits for a function.
const INTEGRATION_TIMEOUT_MS = 30_000;
const INTERNAL_ERROR = { status: 500, message: "Internal Server Error" };
const UNAVAILABLE = { status: 503, message: "Service Unavailable" };

/**
 * @param environments the environment of each function, by name; a name left out isn't deployed
 * @param cargoLambda path of the `cargo-lambda` program
 * @param workspace the Cargo workspace that has these functions as binaries: the Runtime API refuses other names
 * @param binDirectory where the built binaries lie
 */
export async function startLambdas({
  environments,
  cargoLambda,
  workspace,
  binDirectory,
  port,
  onEnd,
}) {
  const { runtime, endpoint } = await startRuntimeApi({ cargoLambda, workspace, port, onEnd });
  const deployed = { ...environments };
  const running = new Map();
  const logs = [];

  async function invoke(name, event) {
    const died = running.get(name).ended.then((end) => ({ fault: INTERNAL_ERROR, end }));
    return Promise.race([callFunction(endpoint, name, event), died]);
  }

  async function start(name) {
    const child = startChild({
      name: `The Lambda ${name}`,
      command: join(binDirectory, name),
      env: { ...deployed[name], ...runtimeEnvironment(endpoint, name) },
      onLine: (line) => logs.push({ name, line }),
      onEnd,
    });
    running.set(name, child);
    // A first request that is refused right away: once it's answered, the function has started.
    const { result, end } = await invoke(name, emptyEvent(name));
    if (!result) throw new Error(end ?? `The Lambda ${name} started, but doesn't answer.`);
  }

  const stop = () => Promise.all([...running.values(), runtime].map((child) => child.stop()));

  try {
    await Promise.all(Object.keys(deployed).map(start));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    names: Object.keys(deployed),
    /** Every line the functions printed, as `{ name, line }`. */
    logs,
    /** Asks a function as API Gateway does: its `result`, or the `fault` that a client gets instead. */
    invoke,
    /** Ends a function and starts it anew, with more or other environment variables where some are given. */
    async restart(name, environment = {}) {
      await running.get(name).stop();
      deployed[name] = { ...deployed[name], ...environment };
      await start(name);
    },
    stop,
  };
}

async function startRuntimeApi({ cargoLambda, workspace, port, onEnd }) {
  const name = "cargo lambda (the Lambda Runtime API)";
  const probe = await openServer({ name, port });
  await probe.stop();
  const { child: runtime } = await startUntilLine(
    {
      name,
      command: cargoLambda,
      args: [
        ...["lambda", "watch", "--only-lambda-apis", "--ignore-changes", "--disable-cors"],
        ...["--invoke-address", "127.0.0.1", "--invoke-port", String(probe.port)],
      ],
      cwd: workspace,
      onEnd,
      env: { ...process.env, NO_COLOR: "1", RUST_LOG: undefined },
    },
    (line) => line.includes("starting Runtime server") || undefined,
  );
  return { runtime, endpoint: `127.0.0.1:${probe.port}` };
}

const runtimeEnvironment = (endpoint, name) => ({
  AWS_LAMBDA_RUNTIME_API: `http://${endpoint}/.rt/${name}`,
  AWS_LAMBDA_FUNCTION_NAME: name,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
  AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
  AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
  AWS_LAMBDA_LOG_STREAM_NAME: "local",
});

async function callFunction(endpoint, name, event) {
  try {
    const response = await fetch(`http://${endpoint}/2015-03-31/functions/${name}/invocations`, {
      method: "POST",
      body: JSON.stringify(event),
      signal: AbortSignal.timeout(INTEGRATION_TIMEOUT_MS),
    });
    if (response.ok) return { result: await response.json() };
    return { fault: INTERNAL_ERROR };
  } catch {
    return { fault: UNAVAILABLE };
  }
}

function emptyEvent(name) {
  const method = name === "token" ? "POST" : "GET";
  const url = new URL(`http://127.0.0.1/${name}`);
  const connection = { httpVersion: "1.1", remoteAddress: "127.0.0.1" };
  const content = { headers: {}, rawHeaders: [], body: Buffer.alloc(0) };
  return eventOf(
    { method, target: url.pathname, url, ...connection, ...content },
    { stage: "$default", routeKey: `${method} ${url.pathname}`, domainName: "localhost" },
  );
}
