// What alarms and dashboard look at.
import type * as apigatewayv2 from "aws-cdk-lib/aws-apigatewayv2";
import type * as dynamodb from "aws-cdk-lib/aws-dynamodb";
import type * as lambda from "aws-cdk-lib/aws-lambda";

/** The functions of a deployment. */
export interface ProxyFunctions {
  readonly token: lambda.IFunction;

  /**
   * The two that browsers come to.
   *
   * @default - none, without PKCE
   */
  readonly browser?: { readonly authorize: lambda.IFunction; readonly callback: lambda.IFunction };

  /**
   * The one that publishes the public keys.
   *
   * @default - none, without a route for it
   */
  readonly jwks?: lambda.IFunction;
}

export interface Watched {
  readonly functions: ProxyFunctions;

  readonly api: apigatewayv2.IHttpApi;

  /**
   * Where sign-ins under way are kept.
   *
   * @default - the browser carries them
   */
  readonly transactionTable?: dynamodb.ITable;
}

/** Each function with the name that people know it by. */
export function named({ token, browser, jwks }: ProxyFunctions): [string, lambda.IFunction][] {
  return [
    ...(browser ? Object.entries(browser) : []),
    ["token", token],
    ...(jwks ? [["jwks", jwks] satisfies [string, lambda.IFunction]] : []),
  ];
}
