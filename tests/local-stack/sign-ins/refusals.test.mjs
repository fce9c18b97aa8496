// What the provider refuses, what becomes of it at the app, and that no log line of the functions holds a secret.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startStack } from "../stack.mjs";
import { contentOf, parametersOf } from "../trip/recorder.mjs";
import { UserAgent } from "../user-agent.mjs";

const ADA = { username: "ada", password: "engine" };

let stack;
before(async () => {
  stack = await startStack();
});
after(() => stack?.stop());

test("the user's refusal reaches the app as access_denied", async () => {
  const { error } = await stack.signIn({});
  assert.equal(error, "access_denied");
});

test("an assertion for another audience is refused, and the app is told of invalid_client", async () => {
  await stack.lambdas.restart("token", { CLIENT_ASSERTION_AUDIENCE: "https://somebody.example" });
  try {
    const { error, description } = await stack.signIn(ADA);
    assert.equal(error, "invalid_request");
    assert.match(description, /Error - 401 invalid_client/);
  } finally {
    await stack.lambdas.restart("token", { CLIENT_ASSERTION_AUDIENCE: "issuer" });
  }
});

test("the provider takes an assertion once", async () => {
  await stack.signIn(ADA);
  const { form } = stack.idp.tokenRequests.at(-1);
  const response = await fetch(`${stack.idp.issuer}${stack.idp.paths.token}`, {
    method: "POST",
    body: new URLSearchParams(form),
  });
  assert.equal(response.status, 401);
  assert.equal((await response.json()).error, "invalid_client");
});

test("the provider refuses a request without PKCE", async () => {
  const { client_id, redirect_uri, scope } = stack.idp.authorizationRequests[0];
  const query = new URLSearchParams({ client_id, redirect_uri, scope, response_type: "code" });
  const response = await fetch(`${stack.idp.issuer}${stack.idp.paths.authorization}?${query}`, {
    redirect: "manual",
  });
  assert.match(response.headers.get("location"), /error=invalid_request&error_description=.*PKCE/);
});

test("a callback in another browser gets the page and goes nowhere", async () => {
  const victim = new UserAgent();
  const form = await victim.open(`${stack.origins.app}/sign-in`);
  const toCallback = (hop) =>
    hop.headers.location?.startsWith(`${stack.origins.proxy}/prod/callback`);
  const { headers } = await victim.submit(form, { ...ADA, action: "login" }, { until: toCallback });

  const attacker = await new UserAgent().open(headers.location);
  assert.equal(attacker.status, 400);
  assert.match(attacker.body, /can&#39;t continue|can't continue/);
  assert.equal(attacker.headers.location, undefined);

  const final = await victim.open(headers.location);
  assert.match(final.body, /ada@example\.com/, "the victim's own sign-in completes");
});

test("no secret of any sign-in is in what the functions logged", async () => {
  const { hops } = await stack.signIn(ADA);
  const logged = stack.lambdas.logs.map(({ line }) => line).join("\n");
  const secrets = [
    stack.cognitoClientSecret,
    stack.signingKey.privateJwk.d,
    ...hops.flatMap(secretsOf),
    ...stack.recorder.trips.flatMap((trip) => trip.hops).flatMap(secretsOf),
  ];
  assert.ok(secrets.length > 50, `${secrets.length} secrets`);
  for (const secret of secrets) assert.ok(!logged.includes(secret));
  for (const { line } of stack.lambdas.logs) {
    const { request_id, route, outcome, cause } = JSON.parse(line);
    assert.ok(request_id && route && outcome && cause, line);
  }
});

/** Every value of an exchange that is nobody else's business. */
function secretsOf(hop) {
  const names =
    /^(state|nonce|code|code_verifier|client_secret|client_assertion|access_token|id_token)$/;
  const location = hop.reply.headers?.location;
  const said = [
    ...parametersOf(hop),
    ...(location ? new URL(location, hop.request.url).searchParams : []),
    ...Object.entries(contentOf(hop) ?? {}),
  ];
  const cookies = (hop.reply.cookies ?? []).map((line) => line.split(/[=;]/)[1]);
  return [
    ...said.filter(([name]) => names.test(name)).map(([, value]) => value),
    ...cookies,
  ].filter((value) => typeof value === "string" && value.length >= 16);
}
