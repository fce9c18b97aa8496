// Keys that the tool makes load in jose, jwcrypto and openssl, theirs load in the tool, and thumbprints agree.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { X509Certificate, createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { CompactSign, calculateJwkThumbprint, compactVerify } from "jose";
import { exportJWK, exportPKCS8, generateKeyPair, importJWK } from "jose";

import { runTool } from "./tool.mjs";

const PYTHON = fileURLToPath(new URL("../../../.venv/bin/python", import.meta.url));
const EXCHANGE = fileURLToPath(new URL("exchange_keys.py", import.meta.url));

const RSA_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
const ALGORITHMS = [...RSA_ALGORITHMS, "ES256", "ES384", "ES512", "EdDSA"];

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "keys-"));
});
after(() => rm(folder, { recursive: true }));

/** Runs the tool, which must succeed. */
async function tool(...args) {
  const { code, output } = await runTool(args, { cwd: folder });
  assert.equal(code, 0, output);
  return output;
}

const read = (...path) => readFile(join(folder, ...path), "utf8");
const readJson = async (...path) => JSON.parse(await read(...path));

/** Runs a program; resolves with its standard output. */
function run(program, args, input = "") {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { cwd: folder }, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    );
    child.stdin.on("error", () => {}).end(input); // it may end before it has read anything
  });
}

async function keygen(alg) {
  const bits = RSA_ALGORITHMS.includes(alg) ? ["--bits", "2048"] : [];
  await tool("keygen", "--alg", alg, ...bits, "--pem", "--cert", "--out", alg);
  return [await readJson(alg, "private_key.json"), await readJson(alg, "public_key.json")];
}

test("keys of every algorithm made here load in jose, jwcrypto and openssl, which agree on their names", async () => {
  const made = [];
  for (const alg of ALGORITHMS) {
    const [privateJwk, publicJwk] = await keygen(alg);
    made.push(privateJwk);
    const signed = await new CompactSign(Buffer.from("payload"))
      .setProtectedHeader({ alg })
      .sign(await importJWK(privateJwk));
    await compactVerify(signed, await importJWK(publicJwk), { algorithms: [alg] });
    assert.equal(await calculateJwkThumbprint(publicJwk), publicJwk.kid);
    for (const name of ["d", "p", "q", "dp", "dq", "qi"]) assert.ok(!(name in publicJwk));

    const pem = join(folder, alg, "public_key.pem");
    const described = await run("openssl", ["pkey", "-pubin", "-in", pem, "-text", "-noout"]);
    assert.match(described, RSA_ALGORITHMS.includes(alg) ? /2048 bit/ : /pub:/);
    const own = createPublicKey(await read(alg, "public_key.pem"));
    const halves = [createPrivateKey({ key: privateJwk, format: "jwk" }), own];
    assert.ok(createPublicKey(halves[0]).equals(halves[1]));

    const file = join(folder, alg, "certificate.pem");
    await run("openssl", ["verify", "-x509_strict", "-CAfile", file, file]);
    const certificate = new X509Certificate(await read(alg, "certificate.pem"));
    assert.ok(certificate.checkPrivateKey(halves[0]));
    const sha256 = createHash("sha256").update(certificate.raw).digest("base64url");
    assert.equal(publicJwk["x5t#S256"], sha256);
    assert.equal(publicJwk.x5c[0], certificate.raw.toString("base64"));
    assert.match(await tool("inspect", `${alg}/public_key.json`), new RegExp(sha256));
  }
  const { thumbprints } = JSON.parse(await run(PYTHON, [EXCHANGE], JSON.stringify(made)));
  assert.deepEqual(
    thumbprints,
    made.map(({ kid }) => kid),
  );
});

/** Imports a key from a file, and returns the thumbprint that became its name. */
async function importedName(content, ...options) {
  await writeFile(join(folder, "theirs"), content, { mode: 0o600 });
  await tool("import", "theirs", "--out", "imported", "--force", ...options);
  await tool("inspect", "imported/private_key.json", "imported/public_key.json");
  const { kid, alg } = await readJson("imported", "private_key.json");
  assert.ok(alg, "alg was filled in");
  return kid;
}

test("keys of every kind made by jose load here, as JWK and as PEM", async () => {
  for (const alg of ["RS256", "PS512", "ES256", "ES384", "ES512", "EdDSA"]) {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    const jwk = await exportJWK(privateKey);
    const thumbprint = await calculateJwkThumbprint(jwk);
    assert.equal(await importedName(JSON.stringify(jwk)), thumbprint);
    assert.equal(await importedName(await exportPKCS8(privateKey)), thumbprint);
    const set = { keys: [{ ...jwk, kid: "theirs", alg, use: "sig" }] };
    assert.equal(await importedName(JSON.stringify(set)), "theirs");
    assert.equal((await readJson("imported", "private_key.json")).alg, alg);
  }
});

test("keys of every kind made by jwcrypto load here, as JWK and as PEM", async () => {
  const { keys } = JSON.parse(await run(PYTHON, [EXCHANGE], "[]"));
  assert.equal(keys.length, 5);
  for (const { jwk, pem, thumbprint } of keys) {
    assert.equal(await importedName(JSON.stringify(jwk)), thumbprint);
    assert.equal(await importedName(pem), thumbprint);
  }
});

const OPENSSL_KEYS = {
  "PKCS#8, RSA": ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
  "PKCS#1, RSA": ["genrsa", "-traditional", "2048"],
  "SEC1 with its parameters, P-256": ["ecparam", "-name", "prime256v1", "-genkey"],
  "SEC1, P-384": ["ecparam", "-name", "secp384r1", "-genkey", "-noout"],
  "PKCS#8, P-521": ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
  "PKCS#8, Ed25519": ["genpkey", "-algorithm", "ed25519"],
};
for (const [what, args] of Object.entries(OPENSSL_KEYS)) {
  test(`a key made by openssl loads here: ${what}`, async () => {
    const pem = await run("openssl", args);
    const jwk = createPrivateKey(pem).export({ format: "jwk" });
    assert.equal(await importedName(pem), await calculateJwkThumbprint(jwk));
  });
}

test("a certificate that was made elsewhere is taken with its key, and another's is refused", async () => {
  await run("openssl", [
    ...["req", "-x509", "-newkey", "rsa:2048", "-noenc", "-subj", "/CN=elsewhere"],
    ...["-keyout", "elsewhere.key", "-out", "elsewhere.pem"],
  ]);
  const key = await read("elsewhere.key");
  await importedName(key, "--certificate", "elsewhere.pem", "--alg", "PS256");
  const jwk = await readJson("imported", "public_key.json");
  const certificate = new X509Certificate(await read("elsewhere.pem"));
  assert.equal(jwk.x5c[0], certificate.raw.toString("base64"));

  const args = ["import", "theirs", "--certificate", "ES256/certificate.pem", "--out", "other"];
  const { code, output } = await runTool(args, { cwd: folder });
  assert.equal(code, 1);
  assert.match(output, /certificate for another key/);
});
