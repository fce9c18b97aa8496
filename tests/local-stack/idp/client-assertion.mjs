// What this provider asks of a client assertion beyond what oidc-provider checks by itself: that it's signed by the
// registered key, by the pinned algorithm, names the client as `iss` and `sub`, and that its `jti` comes once.
import { errors } from "./oidc-provider.mjs";

const LIFETIME_MAX_SECONDS = 120;
const CLOCK_TOLERANCE_SECONDS = 5;
const JTI_MIN_LENGTH = 22; // 128 bits in base64url

/**
 * A function for oidc-provider's `assertJwtClientAuthClaimsAndHeader`. RFC 7523 leaves the audience to the provider;
 * a string that names one receiver is what closes audience injection, so a list is refused.
 */
export function strictClientAssertion({ audience, typ }) {
  return (_context, claims, header) => {
    const now = Math.floor(Date.now() / 1000);
    refuseUnless(claims.aud === audience, `aud must be the string ${audience}`);
    refuseUnless(header.typ === typ, `typ must be ${typ}`);
    refuseUnless(typeof header.kid === "string", "kid is missing");
    refuseUnless(Number.isInteger(claims.iat), "iat is missing");
    refuseUnless(claims.iat <= now + CLOCK_TOLERANCE_SECONDS, "iat lies in the future");
    refuseUnless(claims.exp - claims.iat <= LIFETIME_MAX_SECONDS, "it lives too long");
    refuseUnless(claims.jti.length >= JTI_MIN_LENGTH, "jti is too short to be unguessable");
  };
}

function refuseUnless(condition, reason) {
  if (!condition) throw new errors.InvalidClientAuth(`client_assertion: ${reason}`);
}
