#!/usr/bin/env python3
"""Verifies client assertions with jwcrypto, a library that didn't make them.

Reads a JSON array of {alg, jwk, assertion} on standard input, and prints the header and the claims
of each as a JSON array. Ends with 1 at the first signature that isn't right.
"""

import json
import sys

from jwcrypto import jwk, jws

verified = []
for entry in json.load(sys.stdin):
    token = jws.JWS()
    token.allowed_algs = [entry["alg"]]
    token.deserialize(entry["assertion"])
    token.verify(jwk.JWK(**entry["jwk"]))
    verified.append({"header": token.jose_header, "claims": json.loads(token.payload)})
json.dump(verified, sys.stdout)
