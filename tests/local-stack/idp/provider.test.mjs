import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";

import { SignJWT, importJWK } from "jose";

import { openServer } from "../http-server.mjs";
import { generateSigningKey } from "../signing-key.mjs";
import { startIdp } from "./provider.mjs";

const CLIENT_ID = "pool";
const REDIRECT_URI = "http://proxy.localhost/callback";
const TYP = "client-authentication+jwt";

let socket;
let idp;
let key;

before(async () => {
  socket = await openServer({ name: "idp" });
  key = await generateSigningKey("ES256");
  const issuer = `http://127.0.0.1:${socket.port}/realms/demo`;
  idp = await startIdp({
    socket,
    path: "/realms/demo",
    client: { clientId: CLIENT_ID, redirectUri: REDIRECT_URI, alg: "ES256" },
    assertion: { audience: issuer, typ: TYP },
    requirePkce: true,
  });
  idp.registerClientKeys([key.publicJwk]);
});
after(() => socket.stop());

async function assertion(claims = {}, header = {}, { privateJwk } = key) {
  const now = Math.floor(Date.now() / 1000);
  const all = { aud: idp.issuer, jti: randomUUID(), iat: now, exp: now + 60, ...claims };
  return new SignJWT({ iss: CLIENT_ID, sub: CLIENT_ID, ...all })
    .setProtectedHeader({ alg: privateJwk.alg, kid: privateJwk.kid, typ: TYP, ...header })
    .sign(await importJWK(privateJwk));
}

async function redeem(parameters) {
  const response = await fetch(`${idp.issuer}${idp.paths.token}`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      code: "unknown",
      redirect_uri: REDIRECT_URI,
      client_id: CLIENT_ID,
      ...parameters,
    }),
  });
  return (await response.json()).error;
}

const redeemWith = (jwt) =>
  redeem({
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: jwt,
  });

// The code is unknown in all of these: `invalid_grant` says that the client was let in.
test("a good assertion lets the client in, once", async () => {
  const jwt = await assertion();
  assert.equal(await redeemWith(jwt), "invalid_grant");
  assert.equal(await redeemWith(jwt), "invalid_client");
});

const BAD_ASSERTIONS = {
  "for the token endpoint": () => assertion({ aud: `${idp.issuer}/token` }),
  "for a list of audiences": () => assertion({ aud: [idp.issuer] }),
  "of the old type": () => assertion({}, { typ: "JWT" }),
  "without a kid": () => assertion({}, { kid: undefined }),
  "without a jti": () => assertion({ jti: undefined }),
  "with a guessable jti": () => assertion({ jti: "1" }),
  "without iat": () => assertion({ iat: undefined }),
  "from the future": () => assertion({ iat: Math.floor(Date.now() / 1000) + 30 }),
  "that has expired": () => assertion({ exp: Math.floor(Date.now() / 1000) - 30 }),
  "that lives an hour": () => assertion({ exp: Math.floor(Date.now() / 1000) + 3600 }),
  "of another issuer": () => assertion({ iss: "another" }),
  "by a key that isn't registered": async () =>
    assertion({}, {}, await generateSigningKey("ES256")),
  "by another algorithm": async () => assertion({}, {}, await generateSigningKey("RS256")),
};
for (const [what, make] of Object.entries(BAD_ASSERTIONS)) {
  test(`an assertion ${what} is refused`, async () => {
    assert.equal(await redeemWith(await make()), "invalid_client");
  });
}

test("a client secret is refused", async () => {
  assert.equal(await redeem({ client_secret: "secret" }), "invalid_client");
});

test("a key counts as soon as it's registered, and no longer than that", async () => {
  const next = await generateSigningKey("ES256");
  idp.registerClientKeys([next.publicJwk]);
  assert.equal(await redeemWith(await assertion({}, {}, next)), "invalid_grant");
  assert.equal(await redeemWith(await assertion()), "invalid_client");
  idp.registerClientKeys([key.publicJwk]);
});

test("an authorization request without PKCE, or with plain, is refused, and iss says by whom", async () => {
  for (const pkce of [{}, { code_challenge: "a".repeat(43), code_challenge_method: "plain" }]) {
    const query = new URLSearchParams({
      client_id: CLIENT_ID,
      redirect_uri: REDIRECT_URI,
      response_type: "code",
      scope: "openid",
      state: "s",
      ...pkce,
    });
    const url = `${idp.issuer}${idp.paths.authorization}?${query}`;
    const location = (await fetch(url, { redirect: "manual" })).headers.get("location");
    const { searchParams: parameters } = new URL(location);
    assert.equal(parameters.get("error"), "invalid_request");
    assert.equal(parameters.get("iss"), idp.issuer);
  }
});
