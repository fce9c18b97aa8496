// A deployment whose key is to be replaced, and the operator who does it: the stack, a folder, the tool's environment,
// and hands that register keys at the identity provider when the tool asks for it.
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { SECRETS } from "../lambda/environment.mjs";
import { startStack } from "../stack.mjs";
import { startTaps } from "./taps.mjs";
import { startTool } from "./tool.mjs";

const SECRETS_MAX_AGE_SECONDS = "10"; // the least that the Lambdas take

/**
 * @param pkce whether the proxy is in the browser's way, too
 * @param jwks whether the identity provider fetches the keys, or has them pasted
 * @param spoil see `startTaps`
 */
export async function startDeployment({ jwks = false, pkce = true, spoil = () => false }) {
  const environment = {
    all: { SECRETS_MAX_AGE_SECONDS },
    jwks: { JWKS_MAX_AGE_SECONDS: "1" },
  };
  const stack = await startStack({ alg: "ES256", jwks, pkce, environment });
  const taps = await startTaps(
    { aws: stack.aws.endpoint, idp: new URL(stack.idp.issuer).origin, proxy: proxyOf(stack) },
    spoil,
  );
  const folder = await mkdtemp(join(tmpdir(), "rotation-"));
  const { IDP_TOKEN_PATH, ...token } = stack.environments.token;
  const env = {
    ...token,
    AWS_ENDPOINT_URL: taps.aws,
    IDP_TOKEN_ENDPOINT: `${taps.idp}${IDP_TOKEN_PATH}`,
    PROXY_URL: `${taps.proxy}/prod`,
    ...(jwks && { JWKS_SECRET_ID: SECRETS.jwks }),
  };
  const outputs = [];
  const privateNumbers = new Set([stack.signingKey.privateJwk.d]);
  let registered = [];

  /** What an operator does who reads what the tool prints. */
  function operator() {
    let lines;
    return (line) => {
      if (line === "{") lines = [];
      lines?.push(line);
      if (line === "}") {
        registered = [stack.signingKey.publicJwk, JSON.parse(lines.join("\n"))];
        stack.idp.registerClientKeys(registered);
        lines = undefined;
      }
      const gone = line.match(/remove the key (\S+) at the identity provider/)?.[1];
      if (gone) stack.idp.registerClientKeys(registered.filter(({ kid }) => kid !== gone));
    };
  }

  async function rememberPrivateNumbers() {
    if (!existsSync(join(folder, "local"))) return;
    for (const name of await readdir(join(folder, "local"))) {
      const { d } = name.endsWith(".json")
        ? JSON.parse(await readFile(join(folder, "local", name), "utf8"))
        : {};
      if (d) privateNumbers.add(d);
    }
  }

  return {
    stack,
    folder,
    privateNumbers,
    outputs,
    stateStep() {
      const file = join(folder, "local", "rotation.json");
      return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).step : "begin";
    },
    readLocal: async (name) => JSON.parse(await readFile(join(folder, "local", name), "utf8")),
    localFiles: async () => (await readdir(join(folder, "local"))).sort(),
    /** One run, with `changes` to its environment; `onStart` gets the running tool. */
    async rotate(more = [], { wait = "90", changes = {}, onStart = () => {} } = {}) {
      const onLine = jwks ? undefined : operator();
      const args = ["rotate", "--wait", wait, "--interval", "0.05", ...more];
      const tool = startTool(args, { cwd: folder, env: { ...env, ...changes }, onLine });
      onStart(tool);
      const end = await tool.ended;
      outputs.push(end.output);
      await rememberPrivateNumbers();
      return end;
    },
    tool: (args) => startTool(args, { cwd: folder, env }).ended,
    async published() {
      const response = await fetch(`${proxyOf(stack)}/prod/jwks.json`);
      return (await response.json()).keys.map(({ kid }) => kid);
    },
    async stop() {
      await taps.stop();
      await stack.stop();
      await rm(folder, { recursive: true });
    },
  };
}

const proxyOf = (stack) => `http://127.0.0.1:${new URL(stack.origins.proxy).port}`;
