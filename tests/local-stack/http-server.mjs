// A loopback HTTP server: listening, reading a request, finding its route, writing the reply a handler returns as data.
// It must not know any protocol above HTTP, and never listens beyond 127.0.0.1.
import { createServer } from "node:http";

/** Milliseconds since the epoch, with fractions, so that hops within one millisecond keep their order. */
export const now = () => performance.timeOrigin + performance.now();

/**
 * Opens a port (0 takes a free one) whose requests wait for a handler. Opening all of them first lets each party
 * know the others' addresses, and tells about a taken port before anything is started.
 */
export async function openServer({ name, port = 0 }) {
  // API Gateway's own limit is tested above this one.
  const server = createServer({ maxHeaderSize: 64 * 1024 });
  await new Promise((resolve, reject) => {
    server.once("error", (cause) =>
      reject(
        cause.code === "EADDRINUSE"
          ? new Error(`Port ${port} on 127.0.0.1 is taken; ${name} needs it.`, { cause })
          : new Error(`${name} can't listen on port ${port}: ${cause.message}.`, { cause }),
      ),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    name,
    server,
    port: server.address().port,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/**
 * Answers with `routes` ("GET /path" to handler) and, where none fits, `fallback`. A handler returns
 * `{ status, headers, cookies, body }`; anything else it returns is for `onExchange` alone.
 */
export function answer({ name, server }, { routes = {}, fallback = notFound, onExchange }) {
  server.on("request", async (incoming, outgoing) => {
    const startedAt = now();
    try {
      const request = await readRequest(incoming);
      const route = `${request.method} ${request.url.pathname}`;
      const reply = await (Object.hasOwn(routes, route) ? routes[route] : fallback)(request);
      onExchange?.({ request, reply, startedAt, durationMs: now() - startedAt });
      writeReply(outgoing, reply);
    } catch (error) {
      process.stderr.write(`${name}: ${error.stack}\n`);
      writeReply(outgoing, { status: 500, body: "Internal error" });
    }
  });
}

export const redirect = (location, { status = 302, cookies } = {}) => ({
  status,
  headers: { location: String(location), "cache-control": "no-store" },
  cookies,
});

export const json = (status, value) => ({
  status,
  headers: { "content-type": "application/json", "cache-control": "no-store" },
  body: JSON.stringify(value),
});

export async function readAll(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function parseCookies(header = "") {
  const pairs = header.split("; ").filter((pair) => pair.includes("="));
  return new Map(
    pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
}

async function readRequest(incoming) {
  return {
    method: incoming.method,
    target: incoming.url,
    url: new URL(`http://${incoming.headers.host}${incoming.url}`),
    httpVersion: incoming.httpVersion,
    headers: incoming.headers,
    rawHeaders: incoming.rawHeaders,
    cookies: parseCookies(incoming.headers.cookie),
    body: await readAll(incoming),
    remoteAddress: incoming.socket.remoteAddress,
    remotePort: incoming.socket.remotePort,
  };
}

function writeReply(outgoing, { status, headers = {}, cookies = [], body = "" }) {
  if (cookies.length > 0) outgoing.setHeader("set-cookie", cookies);
  outgoing.writeHead(status, headers).end(body);
}

function notFound() {
  return { status: 404, headers: { "content-type": "text/plain" }, body: "Not found" };
}
