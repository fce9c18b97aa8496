// An HTTP API with one stage: throttled, with an access log that shows no query, without CORS.
// It knows the routes it is given, and nothing of what the functions behind them do.
import { Aws, type RemovalPolicy } from "aws-cdk-lib";
import * as apigatewayv2 from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import * as acm from "aws-cdk-lib/aws-certificatemanager";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";

/**
 * A query may hold a state or a code: no field of the log shows one. And none is a text of the caller's, who could
 * try to write a metric with it.
 */
const ACCESS_LOG = {
  requestId: "$context.requestId",
  requestTime: "$context.requestTime",
  ip: "$context.identity.sourceIp",
  httpMethod: "$context.httpMethod",
  routeKey: "$context.routeKey",
  protocol: "$context.protocol",
  status: "$context.status",
  responseLength: "$context.responseLength",
  responseLatency: "$context.responseLatency",
  integrationLatency: "$context.integrationLatency",
  integrationStatus: "$context.integration.status",
  // The `request_id` of the function's own line.
  lambdaRequestId: "$context.integration.requestId",
  integrationErrorMessage: "$context.integrationErrorMessage",
  errorMessage: "$context.error.message",
};

export interface HttpApiOptions {
  /** Requests a second that each route takes. */
  readonly throttleRate: number;

  /** Requests at once that each route takes above the rate. */
  readonly throttleBurst: number;

  /** How long the access log is kept. */
  readonly logRetention: logs.RetentionDays;

  /** What becomes of the access log when it leaves the stack. */
  readonly removalPolicy: RemovalPolicy;
}

export interface HttpApiProps extends HttpApiOptions {
  /** The API's name in the console. */
  readonly apiName: string;

  /** What the API is for. */
  readonly description: string;

  /** The stage's name; `$default` leaves it out of the path. */
  readonly stageName: string;

  /**
   * A host name of your own. The stage then doesn't show in the path, and the API's default endpoint is off.
   *
   * @default - the API's default endpoint
   */
  readonly domainName?: string;

  /**
   * The ARN of the host name's certificate, in the API's Region.
   *
   * @default - none, which only does without a host name
   */
  readonly certificateArn?: string;
}

export class HttpApi extends Construct {
  readonly api: apigatewayv2.HttpApi;

  /** Where the routes begin: scheme, host, and the stage where it shows. */
  readonly baseUrl: string;

  /** What a DNS record for the host name must point to. */
  readonly domainTarget: string | undefined;

  constructor(scope: Construct, id: string, props: HttpApiProps) {
    super(scope, id);
    const { domainName, certificateArn, stageName } = props;
    this.api = new apigatewayv2.HttpApi(this, "Api", {
      apiName: props.apiName,
      description: props.description,
      createDefaultStage: false,
      disableExecuteApiEndpoint: domainName !== undefined,
    });

    const domain =
      domainName !== undefined && certificateArn !== undefined
        ? new apigatewayv2.DomainName(this, "DomainName", {
            domainName,
            securityPolicy: apigatewayv2.SecurityPolicy.TLS_1_2,
            certificate: acm.Certificate.fromCertificateArn(this, "Certificate", certificateArn),
          })
        : undefined;
    this.domainTarget = domain?.regionalDomainName;

    const stage = new apigatewayv2.HttpStage(this, "Stage", {
      httpApi: this.api,
      stageName,
      autoDeploy: true,
      throttle: { rateLimit: props.throttleRate, burstLimit: props.throttleBurst },
      accessLogSettings: {
        destination: new apigatewayv2.LogGroupLogDestination(
          new logs.LogGroup(this, "AccessLog", {
            retention: props.logRetention,
            removalPolicy: props.removalPolicy,
          }),
        ),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
    });
    if (domain) {
      const mapping = new apigatewayv2.CfnApiMapping(this, "Mapping", {
        apiId: this.api.apiId,
        domainName: domain.name,
        stage: stage.stageName,
      });
      // The stage is only named here, and must be there first.
      mapping.node.addDependency(stage);
    }

    const stagePath = stageName === "$default" ? "" : `/${stageName}`;
    this.baseUrl =
      domainName === undefined
        ? `https://${this.api.apiId}.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}${stagePath}`
        : `https://${domainName}`;
  }

  /** Leads one method at one path to a function. */
  route(
    method: apigatewayv2.HttpMethod,
    path: string,
    handler: lambda.IFunction,
    authorizer?: apigatewayv2.IHttpRouteAuthorizer,
  ): apigatewayv2.HttpRoute {
    const [route] = this.api.addRoutes({
      path,
      methods: [method],
      integration: new HttpLambdaIntegration("Integration", handler),
      ...(authorizer && { authorizer }),
    });
    if (!route) throw new Error(`no route was made for ${method} ${path}`);
    return route;
  }
}
