#!/usr/bin/env python3
"""Keys between the tool and jwcrypto, a library that knows nothing of it.

Reads a JSON array of private JWKs on standard input. Prints, as JSON, the RFC 7638 thumbprint of each, after signing
with it and verifying with its public half; and fresh private keys of its own, each as JWK and as PEM.
"""

import json
import sys

from jwcrypto import jwk, jws


def thumbprint(members: dict) -> str:
    key = jwk.JWK(**members)
    public = jwk.JWK(**json.loads(key.export_public()))
    token = jws.JWS(b"payload")
    token.allowed_algs = [members["alg"]]
    token.add_signature(key, protected=json.dumps({"alg": members["alg"]}))
    token.verify(public)
    return key.thumbprint()


def fresh(**kind: object) -> dict:
    key = jwk.JWK.generate(**kind)
    return {
        "jwk": key.export_private(as_dict=True),
        "pem": key.export_to_pem(private_key=True, password=None).decode(),
        "thumbprint": key.thumbprint(),
    }


thumbprints = [thumbprint(members) for members in json.load(sys.stdin)]
keys = [
    fresh(kty="RSA", size=2048),
    fresh(kty="EC", crv="P-256"),
    fresh(kty="EC", crv="P-384"),
    fresh(kty="EC", crv="P-521"),
    fresh(kty="OKP", crv="Ed25519"),
]
json.dump({"thumbprints": thumbprints, "keys": keys}, sys.stdout)
