// The tool's ways to the outside, each through a tap that is told of every request and may spoil it.
import { answer, openServer } from "../http-server.mjs";
import { forward } from "../pass-through.mjs";

/**
 * @param origins by name; each gets a tap
 * @param spoil hears `before` a request is handed on and `after` it was answered; if it returns true, no answer reaches
 *   the tool, which is what a broken connection looks like; a reply that it returns before reaches it instead
 */
export async function startTaps(origins, spoil) {
  const taps = {};
  for (const [name, origin] of Object.entries(origins)) {
    const socket = await openServer({ name: `the tap to ${name}` });
    // A request that is spoiled never gets an answer: its connection is cut.
    const connections = new Map();
    socket.server.prependListener("request", (incoming) =>
      connections.set(incoming.socket.remotePort, incoming.socket),
    );
    const cut = (request) => connections.get(request.remotePort)?.destroy();
    answer(socket, {
      async fallback(request) {
        const what = `${name} ${request.method} ${request.url.pathname}`;
        const spoiled = spoil("before", what);
        if (spoiled === true) cut(request);
        if (spoiled) return { status: 500, ...spoiled };
        const reply = await forward(request, new URL(origin));
        if (spoil("after", what)) cut(request);
        return reply;
      },
    });
    taps[name] = { origin: `http://127.0.0.1:${socket.port}`, stop: socket.stop };
  }
  return {
    ...Object.fromEntries(Object.entries(taps).map(([name, { origin }]) => [name, origin])),
    stop: () => Promise.all(Object.values(taps).map((tap) => tap.stop())),
  };
}
