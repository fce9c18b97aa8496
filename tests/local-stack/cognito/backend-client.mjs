// The HTTP client of Cognito's backend, byte for byte what it is known to send, in the shape of `fetch` for
// oauth4webapi. It decides the headers; what goes into the body is the library's.
import { request as httpRequest } from "node:http";
import { gunzipSync, inflateSync } from "node:zlib";

import { now, readAll } from "../http-server.mjs";

const FORM = "application/x-www-form-urlencoded; charset=UTF-8";
const DECODERS = { gzip: gunzipSync, deflate: inflateSync };

/** @param onCall hears of each finished call */
export function createBackendClient({ onCall = () => {} } = {}) {
  return async function backendFetch(target, { method, headers, body }) {
    const url = new URL(target);
    const payload = body ? Buffer.from(String(body)) : Buffer.alloc(0);
    const sent = {
      ...(method === "POST" && { "content-type": FORM, "content-length": payload.length }),
      ...(headers.authorization && { authorization: headers.authorization }),
      "user-agent": "Amazon/Cognito",
      "accept-encoding": "gzip,deflate",
    };

    const startedAt = now();
    const {
      statusCode: status,
      headers: received,
      content,
    } = await exchange(url, {
      method,
      headers: sent,
      payload,
    });
    const decode = DECODERS[received["content-encoding"]] ?? ((bytes) => bytes);
    const text = decode(content).toString("utf8");
    onCall({
      request: { method, url, headers: sent, cookies: new Map(), body: payload },
      reply: { status, headers: received, body: text },
      startedAt,
      durationMs: now() - startedAt,
    });
    return new Response(text || null, {
      status,
      headers: { "content-type": received["content-type"] ?? "" },
    });
  };
}

function exchange(url, { method, headers, payload }) {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { method, headers, agent: false }, async (incoming) => {
      const { statusCode, headers: received } = incoming;
      resolve({ statusCode, headers: received, content: await readAll(incoming) });
    });
    outgoing.once("error", reject).end(payload);
  });
}
