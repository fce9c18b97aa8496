// The smoke test against a deployment on loopback: it passes on a good one, and sees what is wrong with others.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { fileURLToPath } from "node:url";

import { openServer } from "../../tests/local-stack/http-server.mjs";
import { readConfiguration } from "../lib/configuration/read.ts";
import { callOut, report } from "../smoke/check.ts";
import { cognitoChecks, idpChecks } from "../smoke/party-checks.ts";
import { proxyChecks } from "../smoke/proxy-checks.ts";
import { MINIMAL } from "../test/support/contexts.ts";
import { deployLocally } from "./deployed-stack.mjs";

const SMOKE = fileURLToPath(new URL("../../scripts/smoke", import.meta.url));

const deployments = new Map();
before(async () => {
  for (const pkce of [true, false]) deployments.set(pkce, await deployLocally({ pkce }));
});
after(async () => {
  for (const deployment of deployments.values()) await deployment.stop();
});

async function closedAddress() {
  const { port, stop } = await openServer({ name: "nobody" });
  await stop();
  return `http://127.0.0.1:${port}`;
}

/** Runs all checks; `change` bends the configuration, `call` the way out. */
async function smoke({ pkce = true, change = {}, outputs = {}, call = callOut } = {}) {
  const deployed = deployments.get(pkce);
  const deployment = {
    outputs: { ...deployed.outputs, Issuer: deployed.cognitoIssuer, ...outputs },
    configuration: readConfiguration({ ...deployed.context, ...change }),
  };
  const locally = (url, options) => call(deployed.toBackChannel(url), options);
  const lines = [];
  const good = await report(
    [proxyChecks, idpChecks, cognitoChecks].flatMap((checks) => checks(deployment, locally)),
    (line) => lines.push(line),
  );
  return { good, lines, failed: lines.filter((line) => line.startsWith("  FAIL")) };
}

test("a good deployment passes every check, with PKCE and without", async () => {
  for (const [pkce, count] of [
    [true, 19],
    [false, 12],
  ]) {
    const { good, lines, failed } = await smoke({ pkce });
    assert.deepEqual(failed, []);
    assert.equal(good, true);
    assert.equal(lines.at(-1), `${count} of ${count} checks passed.`);
  }
});

test("the refusals of the proxy are seen in its log, each with its cause", async () => {
  const { lambdas } = deployments.get(true);
  const from = lambdas.logs.length;
  await smoke();
  const causes = lambdas.logs.slice(from).map(({ line }) => JSON.parse(line).cause);
  for (const cause of [
    "client_id",
    "redirect_uri",
    "sent_to_idp",
    "no_transaction",
    "client_secret",
  ]) {
    assert.ok(causes.includes(cause), cause);
  }
});

test("endpoints that the IdP doesn't publish are seen", async () => {
  const { good, failed } = await smoke({ change: { idp_keys_path: "/other" } });
  assert.equal(good, false);
  assert.equal(failed.length, 1);
  assert.match(
    failed[0],
    /jwks_uri is the configured one: configured .*\/other, published .*\/jwks/,
  );
});

test("an iss that is promised and not required is seen", async () => {
  const { failed } = await smoke({ change: { idp_authorization_response_iss: "if_present" } });
  assert.match(failed.join("\n"), /set idp_authorization_response_iss to required/);
});

test("an algorithm that the IdP doesn't take is seen", async () => {
  const { failed } = await smoke({ change: { client_assertion_alg: "ES512" } });
  assert.match(failed.join("\n"), /the IdP takes ES512: token_endpoint_auth_signing_alg/);
});

test("a Cognito that knows another endpoint is seen", async () => {
  const { failed } = await smoke({ outputs: { ApiGwAuthnEndpoint: "https://other.example/" } });
  assert.match(failed.join("\n"), /Cognito sends browsers to the right authorization endpoint/);
});

test("a proxy that lets everything through fails every check of a refusal", async () => {
  const { outputs, toBackChannel } = deployments.get(true);
  const proxy = new URL(toBackChannel(outputs.ApiGwTokenEndpoint)).origin;
  const permissive = async (url, options) =>
    url.startsWith(proxy)
      ? { status: 200, headers: new Headers({ location: "https://a.example/" }), body: "{}" }
      : callOut(url, options);
  const { failed } = await smoke({ call: permissive });
  assert.equal(failed.length, 9);
  assert.ok(failed.every((line) => /FAIL {2}\/(authorize|callback|token)/.test(line)));
});

test("public keys pass, and a private member among them is seen", async () => {
  const endpoint = "https://keys.example/jwks.json";
  const { outputs, context } = deployments.get(true);
  const checkOf = (key) =>
    proxyChecks(
      {
        outputs: { ...outputs, ApiGwJwksEndpoint: endpoint },
        configuration: readConfiguration(context),
      },
      async (url) => ({
        status: url === endpoint ? 200 : 500,
        headers: new Headers(),
        body: JSON.stringify({ keys: [key] }),
      }),
    ).at(-1);
  assert.equal(await checkOf({ kty: "EC", x: "a", y: "b" }).run(), "1 of them");
  await assert.rejects(
    checkOf({ kty: "EC", x: "a", y: "b", d: "c" }).run(),
    /replace the keys now/,
  );
});

test("an endpoint that doesn't answer is a failed check, not a crash", async () => {
  const nobody = await closedAddress();
  const { good, failed } = await smoke({ call: () => callOut(nobody) });
  assert.equal(good, false);
  assert.match(failed[0], /no answer: /);
});

test("the command line says what it needs, and what is wrong with what it got", async () => {
  const directory = mkdtempSync(join(tmpdir(), "smoke-"));
  const run = (...options) => spawnSync(SMOKE, options, { cwd: directory, encoding: "utf8" });
  try {
    assert.equal(run("--help").status, 0);
    assert.match(run().stdout, /Usage: scripts\/smoke/);
    assert.equal(run().status, 1);

    writeFileSync(join(directory, "outputs.json"), "{}");
    assert.match(run("outputs.json").stderr, /smoke: cdk\.context\.json can't be read/);
    writeFileSync(join(directory, "cdk.context.json"), JSON.stringify({ idp_name: "a" }));
    assert.match(run("outputs.json").stderr, /idp_name is "a"/);
    writeFileSync(join(directory, "cdk.context.json"), JSON.stringify(MINIMAL));
    assert.match(run("outputs.json").stderr, /no outputs of the stack sign-in-proxy/);

    // A port of ours that is closed again: nobody is there, and nothing else is called.
    const here = await closedAddress();
    const context = { ...MINIMAL, idp_issuer_url: here, pkce: false };
    writeFileSync(join(directory, "cdk.context.json"), JSON.stringify(context));
    const names = ["ApiGwTokenEndpoint", "CognitoIdpResponseUri", "SignInUrl", "Issuer"];
    const outputs = Object.fromEntries(names.map((name) => [name, `${here}/${name}`]));
    writeFileSync(
      join(directory, "outputs.json"),
      JSON.stringify({ "sign-in-proxy": { ...outputs, IdpAuthorizationEndpoint: here } }),
    );
    const { status, stdout } = run("outputs.json");
    assert.equal(status, 1);
    assert.match(stdout, /FAIL {2}\/token refuses a wrong client secret: no answer/);
    assert.match(stdout, /0 of 12 checks passed/);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
