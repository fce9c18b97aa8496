import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startStack } from "./stack.mjs";
import { contentOf, parametersOf } from "./trip/recorder.mjs";

let stack;
before(async () => {
  stack = await startStack({ issuerPath: "/realms/demo" });
});
after(() => stack?.stop());

test("a person can sign in, and the page shows each hop and no secret", async () => {
  const { claims, trip, hops, page, userAgent } = await stack.signIn();
  assert.equal(claims.email, "ada@example.com");
  assert.equal(claims["cognito:username"], "StrictID_ada");
  assert.deepEqual(
    trip.hops.map(({ name }) => name),
    [
      ...["cognito.authorize", "proxy.authorize", "idp.authorization", "idp.login"],
      ...["proxy.callback", "cognito.idpresponse", "proxy.token", "idp.token", "idp.jwks"],
      ...["idp.userinfo", "app.callback", "cognito.token"],
    ],
  );

  const secrets = [
    stack.cognitoClientSecret,
    ...hops.flatMap(secretsOf),
    ...(await userAgent.jar.serialize()).cookies.map(({ value }) => value),
  ].filter(Boolean);
  assert.ok(secrets.length > 15);
  for (const secret of secrets) assert.ok(!page.body.includes(secret.slice(0, 12)), secret);
});

test("two people sign in at once, and each has a trip of their own", async () => {
  const [ada, grace] = await Promise.all([
    stack.signIn({ username: "ada", password: "engine" }),
    stack.signIn({ username: "grace", password: "compiler" }),
  ]);
  assert.equal(ada.claims.name, "Ada Lovelace");
  assert.equal(grace.claims.name, "Grace Hopper");
  assert.equal(ada.trip.hops.length, 12);
  assert.equal(grace.trip.hops.length, 12);
});

/** Every value of an exchange that must not be shown, and the signatures of the JWTs among them. */
function secretsOf(hop) {
  const names = ["client_secret", "code", "code_verifier", "access_token", "id_token"];
  const said = [...parametersOf(hop), ...Object.entries(contentOf(hop) ?? {})];
  return [
    ...said.filter(([name]) => names.includes(name)).map(([, value]) => value),
    ...said.filter(([name]) => name === "client_assertion").map(([, jwt]) => jwt.split(".")[2]),
    ...(hop.reply.cookies ?? []).map((line) => line.split(/[=;]/)[1]).filter(Boolean),
  ];
}
