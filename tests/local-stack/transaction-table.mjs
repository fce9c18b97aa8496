// The table that the Lambdas keep transactions in, made as the deployment makes it.
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";

import { CREDENTIALS, REGION } from "./aws.mjs";

export const TRANSACTION_TABLE = "local-transactions";

export async function createTransactionTable(endpoint) {
  const client = new DynamoDBClient({ endpoint, region: REGION, credentials: CREDENTIALS });
  try {
    await client.send(
      new CreateTableCommand({
        TableName: TRANSACTION_TABLE,
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        BillingMode: "PAY_PER_REQUEST",
      }),
    );
  } finally {
    client.destroy();
  }
}
