// Hands an HTTP request on to another loopback server, and its reply back, unchanged.
import { request as httpRequest } from "node:http";

import { readAll } from "./http-server.mjs";

/** @param request as `http-server.mjs` reads it */
export function forward({ method, target, headers, body }, { hostname, port }) {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { hostname, port, method, path: target, headers: { ...headers, connection: "close" } },
      async (incoming) => {
        const { statusCode: status, headers: replyHeaders } = incoming;
        delete replyHeaders.connection;
        delete replyHeaders["transfer-encoding"];
        resolve({ status, headers: replyHeaders, body: await readAll(incoming) });
      },
    );
    outgoing.once("error", reject).end(body);
  });
}
