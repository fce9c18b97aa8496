// Verifies client assertions with jose, a library that didn't make them. Reads a JSON array of
// {alg, jwk, assertion} on standard input, and prints the header and the claims of each as a JSON
// array. Ends with 1 at the first signature that isn't right.

import { compactVerify, importJWK } from "jose";
import { text } from "node:stream/consumers";

const verified = [];
for (const { alg, jwk, assertion } of JSON.parse(await text(process.stdin))) {
  const key = await importJWK(jwk, alg);
  const { protectedHeader, payload } = await compactVerify(assertion, key, { algorithms: [alg] });
  verified.push({ header: protectedHeader, claims: JSON.parse(new TextDecoder().decode(payload)) });
}
process.stdout.write(JSON.stringify(verified));
