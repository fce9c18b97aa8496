// The metrics that the functions write along with their log lines, in CloudWatch's Embedded Metric Format:
// the names are a contract with crates/adapters/src/logging.rs. What they mean is in docs/configuration.md.
import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type * as lambda from "aws-cdk-lib/aws-lambda";

export const NAMESPACE = "cognito-oidc-proxy";

/** The names of the dimensions, as the functions write them. */
export const DIMENSIONS = { functionName: "function_name", outcome: "outcome", cause: "cause" };

/** What became of a request. */
export type Outcome = "done" | "refused" | "failed" | "idp_failed" | "attack";

/** Short enough to be told while it lasts, and long enough that a quiet pool has something to count. */
export const PERIOD = Duration.minutes(5);

/** How many requests of a function had an outcome. */
export function requestsByOutcome(
  of: lambda.IFunction,
  outcome: Outcome,
  label?: string,
): cloudwatch.Metric {
  return ours("Requests", of, { statistic: "Sum", label }, { [DIMENSIONS.outcome]: outcome });
}

/** How many requests of a function came to nothing for one cause, which is a fixed word of the log. */
export function requestsByCause(of: lambda.IFunction, cause: string): cloudwatch.Metric {
  return ours("Requests", of, { statistic: "Sum" }, { [DIMENSIONS.cause]: cause });
}

/** The causes of requests that went on as they should. */
const CAUSES_OF_SUCCESS = [
  "sent_to_idp",
  "sent_to_cognito",
  "tokens_issued",
  "keys_published",
  "unchanged",
];

/** DynamoDB's own metrics of calls to a table that it turned away. */
export const TABLE_THROTTLES = ["ReadThrottleEvents", "WriteThrottleEvents"];

/** Every cause of the last two weeks that kept a request of a function from going on, known here or not. */
export function searchCauses(of: lambda.IFunction, name: string): cloudwatch.MathExpression {
  const { functionName, cause } = DIMENSIONS;
  const schema = `{"${NAMESPACE}",${functionName},${cause}}`;
  const terms = [
    `MetricName="Requests" ${functionName}="${of.functionName}"`,
    ...CAUSES_OF_SUCCESS.map((word) => `NOT ${cause}="${word}"`),
  ].join(" ");
  return new cloudwatch.MathExpression({
    expression: `SEARCH('${schema} ${terms}', 'Sum', ${PERIOD.toSeconds()})`,
    label: `${name}: \${PROP('Dim.${cause}')}`,
    period: PERIOD,
  });
}

/** How often a function couldn't read a secret anew, and went on with the one from before. */
export function secretRefreshFailures(of: lambda.IFunction): cloudwatch.Metric {
  return ours("SecretRefreshFailures", of, { statistic: "Sum" });
}

/** How long the IdP takes to answer a token request. */
export function idpLatency(token: lambda.IFunction, statistic: string): cloudwatch.Metric {
  return ours("IdpLatency", token, { statistic, label: statistic });
}

/** How many days ago the version of the signing key in use was put into its secret. */
export function signingKeyAgeInDays(token: lambda.IFunction): cloudwatch.MathExpression {
  return new cloudwatch.MathExpression({
    expression: "seconds / 86400",
    usingMetrics: { seconds: ours("SigningKeyAge", token, { statistic: "Maximum" }) },
    label: "days",
    period: PERIOD,
  });
}

/** A metric of a function, and of what else tells it from others. */
function ours(
  metricName: string,
  of: lambda.IFunction,
  options: cloudwatch.MetricOptions,
  more: Record<string, string> = {},
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: NAMESPACE,
    metricName,
    dimensionsMap: { [DIMENSIONS.functionName]: of.functionName, ...more },
    period: PERIOD,
    ...options,
  });
}

/** Several metrics as one. Where one of them has nothing to say, the others still count. */
export function sum(metrics: readonly cloudwatch.IMetric[], label: string): cloudwatch.IMetric {
  const [only, ...more] = metrics;
  if (only && more.length === 0) return only;
  const byId = metrics.map((metric, index) => [`m${index}`, metric] as const);
  return new cloudwatch.MathExpression({
    expression: `SUM([${byId.map(([id]) => `FILL(${id}, 0)`).join(", ")}])`,
    usingMetrics: Object.fromEntries(byId),
    label,
    period: PERIOD,
  });
}
