// A browser without a window, for tests: cookies by the rules (RFC 6265bis, `__Host-`, SameSite), redirects one by one,
// and forms. It must not know what the pages are about.
import { request as httpRequest } from "node:http";

import { CookieJar } from "tough-cookie";

import { readAll } from "./http-server.mjs";

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const HOPS_MAX = 20;
const NAME = "Mozilla/5.0 (compatible; LocalStack/1.0)";

export class UserAgent {
  jar = new CookieJar(undefined, { prefixSecurity: "strict" });

  /** Every response so far, oldest first: `{ method, url, status, headers, body }`. */
  hops = [];

  /** Opens an address and follows where it leads; `until(hop)` may stop it earlier. */
  async open(url, { method = "GET", form, until = () => false } = {}) {
    let next = { method, url: new URL(url), form };
    for (let count = 0; count < HOPS_MAX; count += 1) {
      const hop = await this.#send(next);
      const location = hop.headers.location;
      if (!REDIRECTS.has(hop.status) || !location || until(hop)) return hop;
      next = { method: "GET", url: new URL(location, hop.url), referrer: hop.url };
    }
    throw new Error(`More than ${HOPS_MAX} redirects from ${new URL(url).host}`);
  }

  /** Sends a page's only form, with these values over those it came with. */
  submit(page, values, options) {
    const { action, fields } = formOf(page.body);
    const form = new URLSearchParams({ ...fields, ...values });
    return this.open(new URL(action, page.url), { method: "POST", form, ...options });
  }

  async #send({ method, url, form, referrer = this.hops.at(-1)?.url }) {
    const sameSiteContext = sameSite(referrer, url) ? "strict" : method === "GET" ? "lax" : "none";
    const cookie = await this.jar.getCookieString(url.href, { sameSiteContext });
    const body = form?.toString();
    const reply = await exchange(url, {
      method,
      body,
      headers: {
        host: url.host,
        "user-agent": NAME,
        accept: "text/html",
        ...(cookie && { cookie }),
        ...(body !== undefined && {
          "content-type": "application/x-www-form-urlencoded",
          "content-length": Buffer.byteLength(body),
        }),
      },
    });
    for (const line of reply.headers["set-cookie"] ?? []) {
      await this.jar.setCookie(line, url.href, { sameSiteContext });
    }
    const hop = { method, url: url.href, ...reply };
    this.hops.push(hop);
    return hop;
  }
}

/** Every name below `localhost` is this machine, as browsers have it; not every system's resolver knows. */
function exchange(url, { method, headers, body }) {
  const target = { host: "127.0.0.1", port: url.port, path: `${url.pathname}${url.search}` };
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ ...target, method, headers, agent: false }, async (incoming) => {
      const content = (await readAll(incoming)).toString("utf8");
      resolve({ status: incoming.statusCode, headers: incoming.headers, body: content });
    });
    outgoing.once("error", reject).end(body);
  });
}

/** `localhost` counts as a public suffix, so each name below it is a site of its own. */
function sameSite(referrer, url) {
  return referrer === undefined || new URL(referrer).hostname === url.hostname;
}

function formOf(body) {
  const action = body.match(/<form[^>]* action="([^"]*)"/)?.[1];
  if (action === undefined) throw new Error("The page has no form");
  const inputs = [...body.matchAll(/<input[^>]* name="([^"]*)"[^>]* value="([^"]*)"/g)];
  const fields = inputs.map(([, name, value]) => [name, unescape(value)]);
  return { action: unescape(action), fields: Object.fromEntries(fields) };
}

const unescape = (text) =>
  text
    .replace(/&#39;/g, "'")
    .replace(/&quot;/g, '"')
    .replace(/&gt;/g, ">")
    .replace(/&lt;/g, "<")
    .replace(/&amp;/g, "&");
