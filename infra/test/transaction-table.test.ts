// The table of the store `dynamodb`. Who may do what with it is in permissions.test.ts.
import assert from "node:assert/strict";
import test from "node:test";

import { jsonOf, onlyResourceOf } from "./support/synthesize.ts";

const TABLE = "AWS::DynamoDB::Table";

test("the table is keyed by id, paid by request, encrypted under AWS's key, and forgets by itself", () => {
  assert.deepEqual(onlyResourceOf("dynamodb", TABLE), {
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    BillingMode: "PAY_PER_REQUEST",
    SSESpecification: { SSEEnabled: true },
    TimeToLiveSpecification: { AttributeName: "delete_after", Enabled: true },
  });
});

test("the table goes with the stack, though everything else is kept", () => {
  const found = Object.values(jsonOf("dynamodb").Resources).find(({ Type }) => Type === TABLE);
  assert.equal(found?.DeletionPolicy, "Delete");
});
