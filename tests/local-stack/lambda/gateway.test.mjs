import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openServer } from "../http-server.mjs";
import { startGateway } from "./gateway.mjs";

let socket;
let origin;
const asked = [];

before(async () => {
  socket = await openServer({ name: "gateway" });
  origin = `http://127.0.0.1:${socket.port}`;
  startGateway({
    socket,
    origin,
    stage: "prod",
    lambdas: {
      names: ["authorize", "token"],
      async invoke(name, event) {
        asked.push({ name, event });
        return { result: { statusCode: 200, body: name } };
      },
    },
  });
});
after(() => socket.stop());

test("each route has its function", async () => {
  assert.equal(await (await fetch(`${origin}/prod/authorize?x=1`)).text(), "authorize");
  assert.equal(await (await fetch(`${origin}/prod/token`, { method: "POST" })).text(), "token");
  assert.equal(asked.at(-1).event.routeKey, "POST /token");
});

test("another method, path or stage, or a function that isn't deployed, is not found", async () => {
  const already = asked.length;
  const requests = [
    ["POST", "/prod/authorize"],
    ["HEAD", "/prod/authorize"],
    ["GET", "/prod/token"],
    ["GET", "/authorize"],
    ["GET", "/prod//authorize"],
    ["GET", "/prod/%61uthorize"],
    ["GET", "/prod/authorize/"],
    ["GET", "/prod/callback"],
  ];
  for (const [method, path] of requests) {
    assert.equal((await fetch(origin + path, { method })).status, 404, `${method} ${path}`);
  }
  assert.equal(asked.length, already);
});

test("more than 10,240 bytes of request line and headers are refused", async () => {
  const already = asked.length;
  const response = await fetch(`${origin}/prod/authorize?state=${"x".repeat(10_240)}`);
  assert.equal(response.status, 431);
  assert.equal(asked.length, already);
});
