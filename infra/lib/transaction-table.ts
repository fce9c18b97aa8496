// Where sign-ins under way are kept with the store `dynamodb`: one table, and which function may do what with it.
// What the items hold is the business of the functions.
import { RemovalPolicy } from "aws-cdk-lib";
import * as dynamodb from "aws-cdk-lib/aws-dynamodb";
import { Construct } from "constructs";

import { acknowledge } from "./acknowledge.ts";

/** What a function may do with a table. */
export interface TableAccess {
  readonly table: dynamodb.ITable;

  /** The calls that it makes, such as `dynamodb:PutItem`. */
  readonly actions: readonly string[];
}

export class TransactionTable extends Construct {
  readonly table: dynamodb.ITable;

  /** To begin a sign-in. */
  readonly authorizeAccess: TableAccess;

  /** To find a sign-in and to end it. */
  readonly callbackAccess: TableAccess;

  /** To redeem a code. */
  readonly tokenAccess: TableAccess;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.table = new dynamodb.Table(this, "Table", {
      partitionKey: { name: "id", type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: "delete_after",
      encryption: dynamodb.TableEncryption.AWS_MANAGED,
      // Whatever `removal_policy` says: in fifteen minutes nothing in it is of use to anybody.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    acknowledge(this.table, {
      "AwsSolutions-DDB3":
        "A record is good for fifteen minutes and for one sign-in. To restore one would only bring back what may not be used again; whoever lost a sign-in starts it anew.",
    });
    const access = (...actions: string[]): TableAccess => ({ table: this.table, actions });
    this.authorizeAccess = access("dynamodb:PutItem");
    // Records are claimed by a conditional update, never deleted, so that a retried call isn't taken for a replay.
    this.callbackAccess = access("dynamodb:GetItem", "dynamodb:UpdateItem");
    this.tokenAccess = access("dynamodb:UpdateItem");
  }
}
