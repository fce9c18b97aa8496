// The key pair that the proxy signs client assertions with, fresh for each use and never on disk.
import { randomUUID } from "node:crypto";

import { exportJWK, generateKeyPair } from "jose";

/** @returns {{ privateJwk: object, publicJwk: object }} for RS, PS, ES 256-512 and EdDSA */
export async function generateSigningKey(alg) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const common = { kid: randomUUID(), alg, use: "sig" };
  return {
    privateJwk: { ...(await exportJWK(privateKey)), ...common },
    publicJwk: { ...(await exportJWK(publicKey)), ...common },
  };
}
