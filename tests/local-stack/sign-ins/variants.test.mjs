// Whole sign-ins against the certified provider, in each way that the proxy can be set up.
import assert from "node:assert/strict";
import { test } from "node:test";

import { compactVerify, importJWK } from "jose";

import { startStack } from "../stack.mjs";
import { UserAgent } from "../user-agent.mjs";

const ADA = { username: "ada", password: "engine" };

/** Runs `body` with a stack of its own, which is stopped whatever happens. */
async function withStack(options, body) {
  const stack = await startStack(options);
  try {
    await body(stack);
  } finally {
    await stack.stop();
  }
}

function assertSignedIn(outcome) {
  assert.equal(outcome.error, undefined);
  assert.equal(outcome.claims.email, "ada@example.com");
}

const lastTokenRequest = (stack) => stack.idp.tokenRequests.at(-1);

for (const alg of ["RS256", "PS256", "ES256", "EdDSA"]) {
  test(`a sign-in completes with an ${alg} key, whose signature jose verifies`, () =>
    withStack({ alg }, async (stack) => {
      assertSignedIn(await stack.signIn(ADA));
      const assertion = lastTokenRequest(stack).form.client_assertion;
      const key = await importJWK(stack.signingKey.publicJwk, alg);
      const { protectedHeader, payload } = await compactVerify(assertion, key, {
        algorithms: [alg],
      });
      const { kid } = stack.signingKey.publicJwk;
      assert.deepEqual(protectedHeader, { alg, kid, typ: "client-authentication+jwt" });
      const claims = JSON.parse(new TextDecoder().decode(payload));
      assert.equal(claims.aud, stack.idp.issuer);
      assert.equal(claims.exp - claims.iat, 60);
    }));
}

test("without PKCE the browser goes straight to the provider, and /token alone signs", () =>
  withStack({ pkce: false }, async (stack) => {
    const outcome = await stack.signIn(ADA);
    assertSignedIn(outcome);
    assert.deepEqual(stack.lambdas.names, ["token"]);
    const { form } = lastTokenRequest(stack);
    assert.equal(form.code_verifier, undefined);
    assert.equal(form.redirect_uri, `${stack.origins.cognito}/oauth2/idpresponse`);
    assert.ok(form.client_assertion);
  }));

test("a nonce of Cognito's reaches the provider untouched, and Cognito finds it in the ID token", () =>
  withStack({ cognitoNonce: true }, async (stack) => {
    const outcome = await stack.signIn(ADA);
    assertSignedIn(outcome);
    const sent = outcome.hops.find(({ step }) => step.name === "proxy.authorize").request.url;
    const [{ nonce }] = stack.idp.authorizationRequests;
    assert.equal(nonce, sent.searchParams.get("nonce"));
    assert.doesNotMatch(nonce, /^[0-9a-f]{64}$/, "ours would look like this");
  }));

test("where Cognito sends no nonce the proxy adds its own, and a state that says nothing", () =>
  withStack({ issuerPath: "/realms/demo" }, async (stack) => {
    assertSignedIn(await stack.signIn(ADA));
    const [{ nonce, state, code_challenge_method }] = stack.idp.authorizationRequests;
    assert.match(nonce, /^[0-9a-f]{64}$/);
    assert.match(state, /^[0-9a-f]{64}$/);
    assert.equal(code_challenge_method, "S256");
    assert.ok(stack.idp.issuer.endsWith("/realms/demo"));
  }));

test("fixed parameters reach the provider, objects as JSON", () => {
  const fixed = { acr_values: "urn:loa:3", claims: { id_token: { email: null } } };
  const environment = { authorize: { IDP_AUTHORIZATION_PARAMETERS: JSON.stringify(fixed) } };
  return withStack({ environment }, async (stack) => {
    assertSignedIn(await stack.signIn(ADA));
    const [sent] = stack.idp.authorizationRequests;
    assert.equal(sent.acr_values, fixed.acr_values);
    assert.deepEqual(JSON.parse(sent.claims), fixed.claims);
  });
});

test("older providers get the token endpoint as audience, and the type JWT", () =>
  withStack({ audience: "token_endpoint" }, async (stack) => {
    assertSignedIn(await stack.signIn(ADA));
    const [header, claims] = lastTokenRequest(stack)
      .form.client_assertion.split(".")
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, "base64url")));
    assert.equal(header.typ, "JWT");
    assert.equal(claims.aud, `${stack.idp.issuer}${stack.idp.paths.token}`);
  }));

test("a key that is replaced while the user signs in doesn't break the sign-in", () =>
  withStack({}, async (stack) => {
    const userAgent = new UserAgent();
    const form = await userAgent.open(`${stack.origins.app}/sign-in`);
    // The provider forgets the old key at once, which is the worst case.
    const { publicJwk } = await stack.rotateSigningKey();
    const final = await userAgent.submit(form, { ...ADA, action: "login" });
    assert.match(final.body, /ada@example\.com/);
    assert.deepEqual(
      stack.idp.tokenRequests.map(({ status }) => status),
      [401, 200],
    );
    const kids = stack.idp.tokenRequests.map((sent) => kidOf(sent.form.client_assertion));
    assert.equal(kids[1], publicJwk.kid);
    assert.notEqual(kids[0], kids[1]);
  }));

test("proxy settings in the environment are not followed", () => {
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
  const nobody = names
    .flatMap((name) => [name, name.toLowerCase()])
    .map((name) => [name, "http://127.0.0.1:9"]);
  return withStack({ environment: { all: Object.fromEntries(nobody) } }, async (stack) => {
    assertSignedIn(await stack.signIn(ADA));
  });
});

test("a second sign-in calls no AWS", () =>
  withStack({}, async (stack) => {
    assertSignedIn(await stack.signIn(ADA));
    const before = stack.aws.calls.length;
    assertSignedIn(await stack.signIn(ADA));
    assert.equal(stack.aws.calls.length, before);
  }));

test("with the store dynamodb a sign-in makes four calls to AWS, and going back in the browser gets the page", () =>
  withStack({ store: "dynamodb" }, async (stack) => {
    assertSignedIn(await stack.signIn(ADA));
    const before = stack.aws.calls.length;
    const outcome = await stack.signIn(ADA);
    assertSignedIn(outcome);
    assert.deepEqual(
      stack.aws.calls.slice(before).map(({ operation }) => operation),
      ["PutItem", "GetItem", "UpdateItem", "UpdateItem"],
    );
    const { url } = outcome.hops.find(({ step }) => step.name === "proxy.callback").request;
    const again = await outcome.userAgent.open(url.href);
    assert.equal(again.status, 400);
  }));

const kidOf = (assertion) => JSON.parse(Buffer.from(assertion.split(".")[0], "base64url")).kid;
