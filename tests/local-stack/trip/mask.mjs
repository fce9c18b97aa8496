// What may be shown of a value: secrets by a few characters and their length, long ones shortened.
// Everything that reaches a page or a terminal goes through here.

const SECRETS = new Set([
  "access_token",
  "client_secret",
  "code",
  "code_verifier",
  "id_token",
  "refresh_token",
]);
const SHOWN_CHARACTERS = 6;
const SHORTEST_WITH_A_GLIMPSE = 24;
const LONGEST_IN_FULL = 160;

/** A secret's first characters and length; of a short one, the length alone. */
export function masked(value) {
  const glimpse = value.length >= SHORTEST_WITH_A_GLIMPSE ? value.slice(0, SHOWN_CHARACTERS) : "";
  return `${glimpse}… (${value.length} characters)`;
}

/** A parameter's or member's value, as it may be shown. */
export function shown(name, value) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (SECRETS.has(name)) return masked(text);
  if (name === "client_assertion") return `a signed JWT (${text.length} characters)`;
  if (name === "state" || text.length > LONGEST_IN_FULL) return masked(text);
  return text;
}

/** A JWT's header and claims, which are no secret once it was used; its signature stays masked. */
export function openedJwt(jwt) {
  const [header, claims, signature = ""] = jwt.split(".");
  try {
    return { header: decode(header), claims: decode(claims), signature: masked(signature) };
  } catch {
    return undefined;
  }
}

/** A `Set-Cookie` line: its name and attributes, its value masked. */
export function shownCookie(line) {
  const [pair, ...attributes] = line.split("; ");
  const name = pair.slice(0, pair.indexOf("="));
  const value = pair.slice(pair.indexOf("=") + 1);
  const shownPair = `${name}=${value === "" ? "" : masked(value)}`;
  return [shownPair, ...attributes.map(shownPath)].join("; ");
}

/** A path without the handles in it, which stand for somebody's session. */
export const shownPath = (path) => path.replace(/\/[\w-]{30,}/g, "/…");

const decode = (part) => JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
