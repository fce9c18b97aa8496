// cdk-nag's AwsSolutions rules on every variant: no finding without an answer, and no answer without a finding.
import assert from "node:assert/strict";
import test from "node:test";

import { Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";

import { CONTEXTS, CONTEXT_NAMES, type ContextName } from "./support/contexts.ts";
import { appOf } from "./support/synthesize.ts";

interface Answer {
  readonly rule: string;
  readonly path: string;
  readonly reason: string;
}

/** Findings of a variant, whether answered or not, as `rule at path`, and all answers. */
function check(name: ContextName) {
  const { app } = appOf(CONTEXTS[name]);
  const pack = new AwsSolutionsChecks(app);
  const open = findings(pack.validateScope(app));
  const unforgiving = new AwsSolutionsChecks(app);
  Object.defineProperty(unforgiving, "isAcknowledged", { value: () => false });
  const all = findings(unforgiving.validateScope(app));
  const answers: Answer[] = app.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>))
      .map(([id, reason]) => ({ rule: id.replace(/^annotation::/i, ""), path: node.path, reason })),
  );
  return { open, all, answers };
}

const findings = ({ violations }: ReturnType<AwsSolutionsChecks["validateScope"]>) =>
  violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath }) => ({ rule: ruleName, path: constructPath ?? "" })),
  );

const checked = CONTEXT_NAMES.map((name) => ({ name, ...check(name) }));

test("no variant has an open finding", () => {
  for (const { name, open } of checked) assert.deepEqual(open, [], name);
});

test("every answer answers a finding", () => {
  for (const { name, all, answers } of checked) {
    assert.ok(answers.length > 0);
    for (const { rule, path } of answers) {
      const answered = all.some(
        (finding) => finding.rule === rule && finding.path.startsWith(path),
      );
      assert.ok(answered, `${name}: ${rule} at ${path}`);
    }
  }
});

test("every answer is a sentence, not a word", () => {
  for (const { reason } of checked.flatMap(({ answers }) => answers)) {
    assert.ok(reason.length > 60 && reason.endsWith("."), reason);
  }
});
