import assert from "node:assert/strict";
import { test } from "node:test";

import { eventOf, headerSize, replyOf } from "./http-api-event.mjs";

const GATEWAY = { stage: "prod", routeKey: "GET /authorize", domainName: "proxy.localhost" };

const request = (overrides = {}) => {
  const target = overrides.target ?? "/prod/authorize";
  return {
    method: "GET",
    target,
    url: new URL(`http://proxy.localhost:4402${target}`),
    httpVersion: "1.1",
    headers: {},
    rawHeaders: [],
    body: Buffer.alloc(0),
    remoteAddress: "127.0.0.1",
    ...overrides,
  };
};

test("the raw query is untouched, and its parameters are joined by commas", () => {
  const event = eventOf(
    request({ target: "/prod/authorize?state=a,b&state=c%2Cd&x=1+2" }),
    GATEWAY,
  );
  assert.equal(event.rawQueryString, "state=a,b&state=c%2Cd&x=1+2");
  assert.deepEqual(event.queryStringParameters, { state: "a,b,c,d", x: "1 2" });
});

test("the stage is part of the path, not of the route", () => {
  const event = eventOf(request(), GATEWAY);
  assert.equal(event.version, "2.0");
  assert.equal(event.rawPath, "/prod/authorize");
  assert.equal(event.requestContext.http.path, "/prod/authorize");
  assert.equal(event.routeKey, "GET /authorize");
  assert.equal(event.requestContext.stage, "prod");
  assert.match(event.requestContext.time, /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
});

test("cookies are a list in order, and no header", () => {
  const cookie = "b=2; a=1; b=3";
  const event = eventOf(request({ headers: { cookie }, rawHeaders: ["Cookie", cookie] }), GATEWAY);
  assert.deepEqual(event.cookies, ["b=2", "a=1", "b=3"]);
  assert.equal(event.headers.cookie, undefined);
});

test("header names are in lower case, and repeated headers joined by commas", () => {
  const rawHeaders = ["X-One", "1", "x-one", "2", "Connection", "close"];
  const { headers } = eventOf(request({ rawHeaders }), GATEWAY);
  assert.equal(headers["x-one"], "1,2");
  assert.equal(headers.connection, undefined);
});

test("a form arrives base64-encoded, JSON as it is", () => {
  const send = (type, body) =>
    eventOf(
      request({ method: "POST", body: Buffer.from(body), rawHeaders: ["Content-Type", type] }),
      GATEWAY,
    );
  const form = send("application/x-www-form-urlencoded; charset=UTF-8", "code=a%2Fb");
  assert.equal(form.isBase64Encoded, true);
  assert.equal(Buffer.from(form.body, "base64").toString(), "code=a%2Fb");
  assert.deepEqual(
    (({ body, isBase64Encoded }) => ({ body, isBase64Encoded }))(send("application/json", "{}")),
    { body: "{}", isBase64Encoded: false },
  );
});

test("a function's cookies become Set-Cookie headers, its encoded body bytes", () => {
  const reply = replyOf({
    statusCode: 302,
    headers: { location: "/x" },
    cookies: ["a=1", "b=2"],
    body: Buffer.from("hello").toString("base64"),
    isBase64Encoded: true,
  });
  assert.deepEqual(reply.cookies, ["a=1", "b=2"]);
  assert.equal(reply.body.toString(), "hello");
});

test("any other answer of a function is the JSON body of a 200", () => {
  assert.deepEqual(replyOf({ hello: 1 }).body, '{"hello":1}');
  assert.equal(replyOf("text").status, 200);
});

test("request line and headers are counted as on the wire", () => {
  const wire = "GET /prod/authorize HTTP/1.1\r\nHost: x\r\nA: bc\r\n";
  assert.equal(headerSize(request({ rawHeaders: ["Host", "x", "A", "bc"] })), wire.length);
});
