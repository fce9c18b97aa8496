// A Lambda function that is built, not taken from an archive. Nothing is built here: the CDK is told not to.
import assert from "node:assert/strict";
import test from "node:test";

import { Template } from "aws-cdk-lib/assertions";
import { RustFunction } from "cargo-lambda-cdk";

import { MINIMAL } from "./support/contexts.ts";
import { appOf, type TemplateJson } from "./support/synthesize.ts";

const { lambda_archive_dir: archives, ...TO_BUILD } = MINIMAL;

const functionsOf = (context: Readonly<Record<string, unknown>>) =>
  Object.entries((Template.fromStack(appOf(context).stack).toJSON() as TemplateJson).Resources)
    .filter(([, { Type }]) => Type === "AWS::Lambda::Function")
    .map(
      ([
        id,
        {
          Properties: { Code, ...properties },
        },
      ]) => ({ id, Code, properties }),
    );

test("a function that is built differs from an archived one in its code alone", () => {
  const built = functionsOf(TO_BUILD);
  const archived = functionsOf({ ...TO_BUILD, lambda_archive_dir: archives });
  assert.deepEqual(
    built.map(({ id, properties }) => ({ id, properties })),
    archived.map(({ id, properties }) => ({ id, properties })),
  );
  assert.notDeepEqual(built[0]?.Code, archived[0]?.Code);
});

test("functions are built by cargo-lambda unless there are archives", () => {
  const kinds = (context: Readonly<Record<string, unknown>>) =>
    appOf(context)
      .app.node.findAll()
      .filter(({ node }) => node.id === "Function")
      .map((construct) => construct instanceof RustFunction);
  assert.deepEqual(kinds(TO_BUILD), [true, true, true]);
  assert.deepEqual(kinds({ ...TO_BUILD, lambda_archive_dir: archives }), [false, false, false]);
});
