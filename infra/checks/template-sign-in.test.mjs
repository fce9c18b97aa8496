// From template to sign-in: the stack as CloudFormation makes it, with exactly the environments that its template
// gives its functions, signs a user in.
import assert from "node:assert/strict";
import test from "node:test";

import { deployLocally } from "./deployed-stack.mjs";

const CREATED = [
  "AWS::IAM::Role",
  "AWS::Lambda::Function",
  "AWS::Lambda::Permission",
  "AWS::Logs::LogGroup",
];

const causesOf = ({ lambdas }, name) =>
  lambdas.logs
    .filter((line) => line.name === name)
    .map(({ line }) => JSON.parse(line).cause)
    .filter(Boolean);

const WAYS = [
  { way: "with PKCE", context: { pkce: true } },
  { way: "without PKCE", context: { pkce: false } },
  { way: "with a table", context: { transaction_store: "dynamodb" }, table: true },
];

for (const { way, context, table = false } of WAYS) {
  test(`a user signs in through the deployed template ${way}`, async (t) => {
    const { pkce = true } = context;
    const deployed = await deployLocally(context);
    t.after(() => deployed.stop());
    assert.equal(deployed.status, "CREATE_COMPLETE");
    const expected = table ? [...CREATED, "AWS::DynamoDB::Table"] : CREATED;
    assert.deepEqual(deployed.created, expected.toSorted());
    assert.equal(Object.keys(deployed.environments).length, pkce ? 3 : 1);

    // Before the operator has put the key there, the sign-in fails and the log says why.
    const early = await deployed.signIn();
    assert.match(early.description, /StrictID Error - 503 temporarily_unavailable/);
    assert.equal(causesOf(deployed, "token").at(-1), "secret_unavailable");

    await deployed.uploadSigningKey();
    // The function looks again after ten seconds at the earliest; a new one starts with the key.
    await deployed.lambdas.restart("token");
    const { claims, error, description } = await deployed.signIn();
    assert.equal(error, undefined, description);
    assert.equal(claims.email, "ada@example.com");
    assert.equal(causesOf(deployed, "token").at(-1), "tokens_issued");
    assert.equal(deployed.idp.tokenRequests.at(-1).form.code_verifier !== undefined, pkce);
    // The calls that the roles allow, and no other.
    assert.deepEqual(deployed.tableCalls(), table ? ["GetItem", "PutItem", "UpdateItem"] : []);
  });
}
