// API Gateway HTTP API, payload format 2.0: an HTTP request becomes an event, a Lambda's answer becomes an HTTP reply.
// It must not know what is inside either.
import { randomUUID } from "node:crypto";

const NOT_FORWARDED = new Set(["connection", "cookie", "keep-alive", "transfer-encoding"]);
const TEXT = /^(text\/|application\/(json|javascript|xml)\b)/;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** @param request as `http-server.mjs` reads it */
export function eventOf(request, { stage, routeKey, domainName }) {
  const { method, target, url, httpVersion } = request;
  const [rawPath, rawQueryString = ""] = splitOnce(target, "?");
  const headers = {
    ...joinHeaders(request.rawHeaders),
    "x-amzn-trace-id": `Root=1-${seconds().toString(16)}-${randomUUID().replace(/-/g, "").slice(8)}`,
    "x-forwarded-for": request.remoteAddress,
    "x-forwarded-port": url.port,
    "x-forwarded-proto": "http",
  };
  const isText = TEXT.test(headers["content-type"] ?? "");
  return {
    version: "2.0",
    routeKey,
    rawPath,
    rawQueryString,
    ...(request.headers.cookie && { cookies: request.headers.cookie.split("; ") }),
    headers,
    ...(rawQueryString && { queryStringParameters: joinQuery(url.searchParams) }),
    requestContext: {
      accountId: "123456789012",
      apiId: "local",
      domainName,
      domainPrefix: domainName.split(".")[0],
      http: {
        method,
        path: rawPath,
        protocol: `HTTP/${httpVersion}`,
        sourceIp: request.remoteAddress,
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: randomUUID(),
      routeKey,
      stage,
      time: commonLogTime(new Date()),
      timeEpoch: Date.now(),
    },
    // A form is not among the types that the gateway takes for text: it arrives base64-encoded.
    ...(request.body.length > 0 && { body: request.body.toString(isText ? "utf8" : "base64") }),
    isBase64Encoded: request.body.length > 0 && !isText,
  };
}

/** A function may answer with a whole response, or with any other JSON, which then is the body of a 200. */
export function replyOf(result) {
  if (typeof result?.statusCode !== "number") {
    return {
      status: 200,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(result),
    };
  }
  const { statusCode, headers, multiValueHeaders, cookies, body = "", isBase64Encoded } = result;
  return {
    status: statusCode,
    headers: { ...headers, ...multiValueHeaders },
    cookies: cookies ?? [],
    body: isBase64Encoded ? Buffer.from(body, "base64") : (body ?? ""),
  };
}

/** Request line and headers as they came in, in bytes. */
export function headerSize({ method, target, httpVersion, rawHeaders }) {
  const requestLine = `${method} ${target} HTTP/${httpVersion}\r\n`.length;
  // Each header's name and value, and per pair ": " and a line end.
  return rawHeaders.reduce(
    (size, text) => size + Buffer.byteLength(text, "latin1") + 2,
    requestLine,
  );
}

function joinHeaders(rawHeaders) {
  const headers = {};
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index].toLowerCase();
    const value = rawHeaders[index + 1];
    if (!NOT_FORWARDED.has(name)) {
      headers[name] = Object.hasOwn(headers, name) ? `${headers[name]},${value}` : value;
    }
  }
  return headers;
}

function joinQuery(query) {
  return Object.fromEntries([...query.keys()].map((name) => [name, query.getAll(name).join(",")]));
}

function splitOnce(text, separator) {
  const index = text.indexOf(separator);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}

const seconds = () => Math.floor(Date.now() / 1000);

/** 20/Nov/2026:17:52:38 +0000 */
function commonLogTime(date) {
  const [day, time] = date.toISOString().split(/T|\./);
  const [year, month, dayOfMonth] = day.split("-");
  return `${dayOfMonth}/${MONTHS[Number(month) - 1]}/${year}:${time} +0000`;
}
