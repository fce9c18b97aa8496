// The demo's command line: starts the stack, prints one address, and stops everything at the end.
// With --check it signs in by itself instead. It prints no secret, only views that are masked already.
import { parseArgs } from "node:util";

import { startStack } from "./stack.mjs";

const FIRST_PORT = 4400;
const PARTS = ["app", "cognito", "proxy", "idp", "aws", "runtime"];

const USAGE = `Usage: scripts/demo [--check] [--port <first>]

A complete sign-in on this machine: an app, Amazon Cognito (a stand-in), the proxy's
Lambdas, and an identity provider at its strictest. Prints one address to open in a
browser; Ctrl-C stops everything.

  --check         sign in without a person on free ports, tell how it went, exit 0 or 1
  --port <first>  the first of ${PARTS.length} ports in a row (default ${FIRST_PORT})
  --help          this text
`;

async function main() {
  const { values } = parseArgs({
    options: {
      check: { type: "boolean", default: false },
      port: { type: "string", default: String(FIRST_PORT) },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) process.stdout.write(USAGE);
  else if (values.check) await check();
  else await run(firstPort(values.port));
}

async function run(port) {
  const ports = Object.fromEntries(PARTS.map((part, index) => [part, port + index]));
  const stopped = new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => resolve());
  });
  let onEnd;
  const ended = new Promise((resolve) => {
    onEnd = resolve;
  });

  const stack = await startStack({ ports, onEnd });
  process.stdout.write(`
The demo runs. Open this in a browser:

    ${stack.origins.app}/

Chrome, Edge and Firefox know names below "localhost" as this machine; Safari doesn't.
Ctrl-C stops everything.
`);
  const whatEnded = await Promise.race([stopped, ended]);
  await stack.stop();
  if (whatEnded) throw new Error(whatEnded);
  process.stdout.write("\nStopped.\n");
}

async function check() {
  const stack = await startStack();
  try {
    const { claims, error, description, trip } = await stack.signIn();
    process.stdout.write(trip.hops.map(line).join(""));
    if (error) throw new Error(`The sign-in failed: ${error}, ${description}.`);

    const refusal = await stack.signIn({});
    if (refusal.error !== "access_denied") {
      throw new Error(`A refused sign-in should be access_denied, but was ${refusal.error}.`);
    }
    process.stdout.write(`
Signed in with an RS256 key as ${claims.name} <${claims.email}>: ${trip.hops.length} hops, ${milliseconds(trip.proxyMs)} in the proxy, ${trip.awsCalls} calls to AWS.
A user's refusal reaches the app as ${refusal.error}.
`);
  } finally {
    await stack.stop();
  }
}

function line({ number, from, to, method, address, status, durationMs, changes = [] }) {
  const path = address.slice(address.indexOf("/"));
  const changed = ["added", "replaced", "removed"]
    .map((kind) => [kind, changes.filter(({ change }) => change === kind)])
    .filter(([, those]) => those.length > 0)
    .map(([kind, those]) => `${kind} ${those.map(({ name }) => name).join(", ")}`);
  const hop = `${String(number).padStart(2)}  ${from.padEnd(7)} → ${to.padEnd(7)}`;
  const request = `${method.padEnd(4)} ${path.padEnd(20)} ${status} ${milliseconds(durationMs).padStart(8)}`;
  return `${hop}  ${request}\n${changed.map((text) => `      the proxy ${text}\n`).join("")}`;
}

const milliseconds = (value) => `${value.toFixed(1)} ms`;

function firstPort(text) {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_536 - PARTS.length) {
    throw new Error(`--port takes a number from 1 to ${65_536 - PARTS.length}, not ${text}.`);
  }
  return port;
}

try {
  await main();
} catch (error) {
  const advice = error.cause?.code === "EADDRINUSE" ? " Free it, or choose others by --port." : "";
  process.stderr.write(`demo: ${error.message}${advice}\n`);
  process.exitCode = 1;
}
