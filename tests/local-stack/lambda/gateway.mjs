// API Gateway for the Lambdas: routes by method and path, builds the event, invokes, writes the answer.
// It adds and checks nothing of the protocol the Lambdas speak.
import { answer, json } from "../http-server.mjs";
import { eventOf, headerSize, replyOf } from "./http-api-event.mjs";

const HEADER_LIMIT_BYTES = 10_240;

const FUNCTION_OF_ROUTE = {
  "GET /authorize": "authorize",
  "GET /callback": "callback",
  "POST /token": "token",
  "GET /jwks.json": "jwks",
};

/**
 * @param lambdas what `startLambdas` gives; a function that isn't deployed has no route
 * @param stage `$default`, or a name that then starts every path
 */
export function startGateway({ socket, origin, stage, lambdas, onExchange }) {
  const prefix = stage === "$default" ? "" : `/${stage}`;
  const { hostname: domainName } = new URL(origin);

  async function invoke(request, routeKey) {
    if (headerSize(request) > HEADER_LIMIT_BYTES) {
      return json(431, { message: "Request Header Fields Too Large" });
    }
    const event = eventOf(request, { stage, routeKey, domainName });
    const { result, fault } = await lambdas.invoke(FUNCTION_OF_ROUTE[routeKey], event);
    if (fault) return { ...json(fault.status, { message: fault.message }), event };
    return { ...replyOf(result), event, result };
  }

  answer(socket, {
    onExchange,
    fallback(request) {
      const path = request.target.split("?")[0];
      const routeKey = `${request.method} ${path.slice(prefix.length)}`;
      const deployed = lambdas.names.includes(FUNCTION_OF_ROUTE[routeKey]);
      return path.startsWith(prefix) && deployed
        ? invoke(request, routeKey)
        : json(404, { message: "Not Found" });
    },
  });
}
