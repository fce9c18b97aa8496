// The kinds of values that the context may hold. Each has one message, which says what is expected; the report adds
// the key and the bad value. Nothing here knows which keys there are.
import { z } from "zod";

/** Text that passes a test. */
export function text(expected: string, passes: (value: string) => boolean) {
  return z.string({ error: expected }).refine(passes, { error: expected });
}

/** Text of a form. */
export function matching(pattern: RegExp, expected: string) {
  return text(expected, (value) => pattern.test(value));
}

/** Printable ASCII without spaces, as the Lambdas' own settings want identifiers. */
export function identifier(expected: string) {
  return matching(/^[\x21-\x7e]+$/, expected);
}

/** One of a few words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: `one of ${words.join(", ")}` });
}

/** `true` or `false`; as text too, since `cdk --context` knows nothing else. */
export function boolean() {
  return z.union([z.boolean(), z.stringbool({ truthy: ["true"], falsy: ["false"] })], {
    error: "true or false",
  });
}

/** A whole number within limits; as text too, since `cdk --context` knows nothing else. */
export function integer(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`;
  const number = z.int({ error }).min(min, { error }).max(max, { error });
  const digits = z.string({ error }).regex(/^\d+$/, { error }).transform(Number).pipe(number);
  return z.union([number, digits], { error });
}

/** A whole number out of a list. */
export function integerOf<Value>(numbers: readonly Value[]) {
  const message = `one of ${numbers.join(", ")}`;
  return integer(0, Number.MAX_SAFE_INTEGER).transform((value, context) => {
    const found = numbers.find((number) => Number(number) === value);
    if (found !== undefined) return found;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
}

/** One text or several of them. */
export function oneOrMore<Item extends z.ZodType<string>>(item: Item, expected: string) {
  return z.union([item.transform((value) => [value]), z.array(item).min(1)], { error: expected });
}

/** An endpoint by the rules of the Lambdas: `https`, or `http` to a loopback host; no credentials, no fragment. */
export function endpoint(
  expected = "an https:// URL without user name or fragment",
  passes: (url: URL) => boolean = () => true,
) {
  return text(expected, (value) => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    return (
      url !== undefined &&
      // What a lenient reader of URLs would drop or change.
      /^[\x21-\x5b\x5d-\x7e]+$/.test(value) &&
      (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname))) &&
      url.username === "" &&
      url.password === "" &&
      !value.includes("#") &&
      passes(url)
    );
  });
}

/** An endpoint that Cognito itself calls: it does so on port 443 only. */
export function endpointForCognito() {
  return endpoint("an https:// URL on port 443, without user name or fragment", onPort443);
}

/** An issuer identifier (OpenID Connect Discovery section 2). Cognito fetches its metadata on port 443 only. */
export function issuer() {
  return endpoint(
    "the issuer identifier exactly as in the IdP's `iss`: an https:// URL on port 443 without ? or #",
    (url) => onPort443(url) && !url.href.includes("?"),
  );
}

/** A path below the issuer. */
export function path() {
  return matching(
    /^\/[\x21\x22\x24-\x3e\x40-\x5b\x5d-\x7e]*$/,
    "a path below idp_issuer_url that starts with / and has no ? or #",
  );
}

/** A route of the HTTP API. */
export function route() {
  return matching(
    /^(\/[A-Za-z0-9._~-]+)+$/,
    "a path such as /token, of letters, digits and . _ ~ - between slashes",
  );
}

/** A host name. */
export function hostName(expected: string) {
  return matching(/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, expected);
}

/** Scopes separated by spaces (RFC 6749 section 3.3), `openid` among them. */
export function scopes() {
  const expected = "scopes separated by spaces, openid among them";
  return text(
    expected,
    (value) => /^[\x21\x23-\x5b\x5d-\x7e ]+$/.test(value) && value.split(/ +/).includes("openid"),
  );
}

/** A URL that a browser or app is sent back to: `https`, `http` for localhost, or an app's own scheme. */
export function redirectUri() {
  const expected =
    "https://…, http://localhost… (for tests) or an app's own scheme (myapp://…), without #";
  return text(expected, (value) => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (url === undefined || value.includes("#") || value.length > 1024) return false;
    if (url.protocol === "http:") return isLoopback(url.hostname);
    return !["javascript:", "data:", "file:", "vbscript:"].includes(url.protocol);
  });
}

function onPort443(url: URL): boolean {
  return isLoopback(url.hostname) || url.port === "";
}

/** RFC 6761 section 6.3 reserves `localhost` and all names below it for loopback. */
function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
