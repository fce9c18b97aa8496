// An API behind the user pool, to try its tokens on: one route for everybody, one for holders of a token.
import { Duration, Stack } from "aws-cdk-lib";
import { HttpMethod } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpJwtAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { Construct } from "constructs";

import { acknowledge } from "./acknowledge.ts";
import { HttpApi, type HttpApiOptions } from "./http-api.ts";
import { RustLambda, type RustLambdaOptions } from "./rust-lambda.ts";

export interface ExampleApiProps extends RustLambdaOptions, HttpApiOptions {
  /** `iss` in the tokens: the pool. */
  readonly issuer: string;

  /** The app clients whose tokens are taken: `aud` of an ID token, `client_id` of an access token. */
  readonly audience: readonly string[];
}

export class ExampleApi extends Construct {
  /** Where the route for holders of a token is. */
  readonly protectedUrl: string;

  constructor(scope: Construct, id: string, props: ExampleApiProps) {
    super(scope, id);
    const http = new HttpApi(this, "Http", {
      ...props,
      apiName: `${Stack.of(this).stackName}-example`,
      description: "An example API that takes the user pool's tokens",
      stageName: "$default",
    });
    const { function: handler } = new RustLambda(this, "Claims", {
      ...props,
      binaryName: "example-api",
      description: "Says which claims the API's authorizer has verified",
      timeout: Duration.seconds(5),
    });
    const authorizer = new HttpJwtAuthorizer("UserPool", props.issuer, {
      jwtAudience: [...props.audience],
    });
    http.route(HttpMethod.GET, "/claims", handler, authorizer);
    acknowledge(http.route(HttpMethod.GET, "/open", handler), {
      "AwsSolutions-APIG4":
        "The route that shows what a caller without a token gets: it answers with an empty object.",
    });
    this.protectedUrl = `${http.baseUrl}/claims`;
  }
}
