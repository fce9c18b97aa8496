// `cdk synth` with real bundling: builds every function as a deployment does, prints the archives' sizes, and fails
// where Amazon Linux 2023 couldn't run one.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";

import { MINIMAL } from "../test/support/contexts.ts";
import { type TemplateJson, appOf } from "../test/support/synthesize.ts";

const TOOLS = fileURLToPath(new URL("../../.venv/bin", import.meta.url));

/** Amazon Linux 2023 has glibc 2.34. */
const GLIBC_MINOR_MAX = 34;

/** What a start loads is what a user waits for: no archive may be larger, in MiB. */
const ARCHIVE_MAX_MB = 4;

function bundle(outdir: string) {
  const { app, stack } = appOf(
    { ...MINIMAL, lambda_archive_dir: undefined, jwks_route: "/jwks.json", example_api: true },
    { outdir, bundles: true },
  );
  app.synth();
  const path = join(outdir, `${stack.stackName}.template.json`);
  const { Resources } = JSON.parse(readFileSync(path, "utf8")) as TemplateJson;
  return Object.entries(Resources).flatMap(([id, { Type, Properties }]) => {
    if (Type !== "AWS::Lambda::Function") return [];
    const { S3Key } = Properties["Code"] as { S3Key: string };
    const asset = `asset.${S3Key.replace(/\.zip$/, "")}`;
    return [{ id, binary: readFileSync(join(outdir, asset, "bootstrap")) }];
  });
}

/** The newest version of glibc that the binary asks for, such as 17 of 2.17. */
function glibcMinor(binary: Buffer): number {
  const versions = binary.toString("latin1").matchAll(/GLIBC_2\.(\d+)/g);
  return Math.max(0, ...[...versions].map(([, minor]) => Number(minor)));
}

const megabytes = (bytes: number) => bytes / 1024 / 1024;

process.env["PATH"] = `${TOOLS}${delimiter}${process.env["PATH"] ?? ""}`;
const outdir = mkdtempSync(join(tmpdir(), "bundle-"));
try {
  for (const { id, binary } of bundle(outdir)) {
    const archive = megabytes(deflateRawSync(binary).length);
    const minor = glibcMinor(binary);
    const sizes = `${archive.toFixed(2)} MB as an archive, ${megabytes(binary.length).toFixed(2)} MB`;
    process.stdout.write(`${id}: ${sizes}, glibc 2.${minor}\n`);
    if (minor > GLIBC_MINOR_MAX) throw new Error(`${id} needs a newer glibc than Lambda has`);
    if (archive > ARCHIVE_MAX_MB) throw new Error(`${id} is over ${ARCHIVE_MAX_MB} MB`);
  }
} catch (error) {
  process.stderr.write(`bundle: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(outdir, { recursive: true, force: true });
}
