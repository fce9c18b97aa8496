import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, test } from "node:test";

import { openServer } from "../http-server.mjs";
import { startCognito } from "./server.mjs";

// A provider that keeps what it's sent, byte for byte, and answers each call alike.
const received = [];
let answer;
const provider = createServer((connection) => {
  connection.once("data", (bytes) => {
    received.push(bytes.toString());
    connection.end(answer);
  });
});

let socket;
let origin;

before(async () => {
  await new Promise((resolve) => provider.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${provider.address().port}`;
  socket = await openServer({ name: "cognito" });
  origin = `http://127.0.0.1:${socket.port}`;
  await startCognito({
    socket,
    origin,
    app: { clientId: "app", redirectUri: "http://app.localhost/callback" },
    provider: {
      name: "StrictID",
      clientId: "pool",
      clientSecret: "s3cr=t&+%",
      scopes: ["openid", "email"],
      issuer: endpoint,
      authorizationEndpoint: `${endpoint}/authorize`,
      tokenEndpoint: `${endpoint}/token`,
      jwksUri: `${endpoint}/jwks`,
      userinfoEndpoint: `${endpoint}/me`,
    },
  });
});
after(async () => {
  await socket.stop();
  provider.close();
});

const get = (path, headers) => fetch(`${origin}${path}`, { redirect: "manual", headers });

const APP_QUERY =
  "client_id=app&redirect_uri=http%3A%2F%2Fapp.localhost%2Fcallback&response_type=code&scope=openid" +
  "&state=app-state&code_challenge=abc&code_challenge_method=S256";

async function begin() {
  const response = await get(`/oauth2/authorize?${APP_QUERY}`);
  const location = response.headers.get("location");
  return {
    location,
    state: new URL(location).searchParams.get("state"),
    cookie: response.headers.get("set-cookie").split(";")[0],
  };
}

function answerWith(status, body) {
  const head = `HTTP/1.1 ${status} X\r\nContent-Type: application/json\r\nConnection: close\r\n`;
  answer = `${head}Content-Length: ${body.length}\r\n\r\n${body}`;
}

test("the authorization request has Cognito's parameters in Cognito's order", async () => {
  const query = (await begin()).location.split("?")[1];
  const names = query.split("&").map((pair) => pair.split("=")[0]);
  assert.deepEqual(names, ["client_id", "redirect_uri", "scope", "response_type", "state"]);
  assert.match(query, /&scope=openid\+email&/);
});

test("the token request has Cognito's headers and no others", async () => {
  answerWith(400, "{}");
  const { state, cookie } = await begin();
  received.length = 0;
  await get(`/oauth2/idpresponse?code=a%2Fb%2B%3D&state=${state}`, { cookie });
  const [head, body] = received[0].split("\r\n\r\n");
  const [requestLine, ...headers] = head.split("\r\n");
  assert.equal(requestLine, "POST /token HTTP/1.1");
  const said = headers.filter((header) => !/^(host|content-length|connection):/i.test(header));
  assert.deepEqual(said, [
    "content-type: application/x-www-form-urlencoded; charset=UTF-8",
    "user-agent: Amazon/Cognito",
    "accept-encoding: gzip,deflate",
  ]);
  assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), {
    grant_type: "authorization_code",
    client_id: "pool",
    client_secret: "s3cr=t&+%",
    redirect_uri: `${origin}/oauth2/idpresponse`,
    code: "a/b+=",
  });
});

test("a token error reaches the app in Cognito's words", async () => {
  answerWith(400, '{"error":"invalid_grant","error_description":"code was used"}');
  const { state, cookie } = await begin();
  const response = await get(`/oauth2/idpresponse?code=x&state=${state}`, { cookie });
  assert.equal(
    response.headers.get("location"),
    "http://app.localhost/callback?error=invalid_request" +
      "&error_description=StrictID+Error+-+400+invalid_grant+code+was+used&state=app-state",
  );
});

test("an authorization error is relayed, with the app's own state", async () => {
  const { state, cookie } = await begin();
  const response = await get(
    `/oauth2/idpresponse?error=access_denied&error_description=no&state=${state}`,
    { cookie },
  );
  assert.equal(
    response.headers.get("location"),
    "http://app.localhost/callback?error=access_denied&error_description=no&state=app-state",
  );
});

test("a response in a browser without the cookie gets a page and calls nobody", async () => {
  const { state } = await begin();
  received.length = 0;
  assert.equal((await get(`/oauth2/idpresponse?code=x&state=${state}`)).status, 400);
  assert.equal(received.length, 0);
});

test("an app that isn't registered gets a page, not a redirect", async () => {
  for (const change of [
    ["client_id=app", "client_id=other"],
    ["%2Fcallback", "%2Fevil"],
  ]) {
    const response = await get(`/oauth2/authorize?${APP_QUERY.replace(...change)}`);
    assert.equal(response.status, 400);
  }
});
