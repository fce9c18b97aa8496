// Who is told when sign-ins fail: one alarm for each thing that an operator would do something else about.
// All thresholds are here. docs/operate.md has a section for each alarm, which its description points to.
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import * as actions from "aws-cdk-lib/aws-cloudwatch-actions";
import type * as sns from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";

import {
  PERIOD,
  TABLE_THROTTLES,
  requestsByCause,
  requestsByOutcome,
  secretRefreshFailures,
  sum,
} from "./metrics.ts";
import { type Watched, named } from "./watched.ts";

export interface AlarmsProps extends Watched {
  /** What the alarms' names begin with. */
  readonly namePrefix: string;

  /**
   * Where alarms are sent to, and that they are over.
   *
   * @default - nowhere: the alarms only show their state
   */
  readonly topic?: sns.ITopic;
}

interface Rule {
  /** The end of the alarm's name. */
  readonly id: string;

  /** The section of docs/operate.md. */
  readonly section: string;

  /** What it means and what to do first. */
  readonly description: string;

  /** What is counted together. */
  readonly metrics: readonly cloudwatch.IMetric[];

  /** How many in five minutes are too many. */
  readonly threshold: number;

  /**
   * In how many of the last three periods.
   *
   * @default - one period is enough
   */
  readonly datapoints?: number;
}

export class Alarms extends Construct {
  readonly alarms: readonly cloudwatch.IAlarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.alarms = [...signInRules(props), ...capacityRules(props)]
      .filter(({ metrics }) => metrics.length > 0)
      .map((rule) => this.alarm(rule, props));
  }

  private alarm(rule: Rule, { namePrefix, topic }: AlarmsProps): cloudwatch.Alarm {
    const alarm = new cloudwatch.Alarm(this, rule.id, {
      alarmName: `${namePrefix}-${rule.id}`,
      alarmDescription: `${rule.description} See docs/operate.md, "${rule.section}".`,
      metric: sum(rule.metrics, rule.section),
      threshold: rule.threshold,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: rule.datapoints === undefined ? 1 : 3,
      datapointsToAlarm: rule.datapoints ?? 1,
      // Nobody signs in at night.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    if (topic) {
      const tell = new actions.SnsAction(topic);
      alarm.addAlarmAction(tell);
      alarm.addOkAction(tell);
    }
    return alarm;
  }
}

/** What the functions themselves count. */
function signInRules({ functions, transactionTable }: Watched): Rule[] {
  const { token, browser, jwks } = functions;
  const all = named(functions).map(([, one]) => one);
  const store = browser ? [browser.authorize, browser.callback, token] : [];
  // With a table the other two have no secret to read.
  const readers = transactionTable ? [token, ...(jwks ? [jwks] : [])] : all;
  return [
    {
      id: "IdpFailing",
      section: "The IdP fails",
      description:
        "The IdP can't be reached, is slow, or answers what isn't a token response: users can't finish signing in. Look at the IdP's status page, then at the cause in the log.",
      metrics: [...(browser ? [browser.callback] : []), token].map((one) =>
        requestsByOutcome(one, "idp_failed"),
      ),
      threshold: 3,
      datapoints: 2,
    },
    {
      id: "KeyRefused",
      section: "The IdP refuses the key",
      description:
        "The IdP refuses the proxy's signature (invalid_client): nobody can sign in. Compare the public key registered at the IdP with the private one: ./scripts/keys inspect shows the kid.",
      metrics: [requestsByCause(token, "idp_invalid_client")],
      threshold: 1,
    },
    {
      id: "ClientSecretRefused",
      section: "Cognito's client secret is refused",
      description:
        "Somebody came to /token with a wrong client secret. If sign-ins still complete, it is a stranger and nothing is to be done; if none does, Cognito has another secret than Secrets Manager.",
      metrics: [requestsByCause(token, "client_secret")],
      threshold: 3,
    },
    {
      id: "SecretUnusable",
      section: "A secret can't be used",
      description:
        "A secret, most likely the signing key, is empty, can't be read, or holds what can't be used: sign-ins fail. The log names it and says what is wrong. Put a good version there; nothing is to be restarted.",
      metrics: readers.flatMap((reader) =>
        ["secret_unusable", "secret_unavailable"].map((cause) => requestsByCause(reader, cause)),
      ),
      threshold: 1,
    },
    {
      id: "SecretNotRefreshed",
      section: "A secret can't be read anew",
      description:
        "A function can't read a secret anew, or can't use its new version, and goes on with the one from before. Sign-ins still work, and will fail with the next instance that starts: mend the secret, which the log names, now.",
      metrics: readers.map((reader) => secretRefreshFailures(reader)),
      threshold: 1,
      datapoints: 2,
    },
    {
      id: "StoreUnavailable",
      section: "The table can't be used",
      description:
        "The functions can't use the table that sign-ins under way are kept in: sign-ins fail. The log names DynamoDB's error; look for a policy that forbids it, and at AWS's status page.",
      metrics: transactionTable
        ? store.map((one) => requestsByCause(one, "store_unavailable"))
        : [],
      threshold: 3,
    },
    {
      id: "ProxyFailing",
      section: "The proxy fails",
      description:
        "The proxy can't do its part, whatever the cause: sign-ins fail. If an alarm about a secret or the table is on as well, begin there; otherwise the cause in the log says it.",
      metrics: all.map((one) => requestsByOutcome(one, "failed")),
      threshold: 3,
    },
    {
      id: "Attack",
      section: "A sign of an attack",
      description:
        "An ID token belongs to another sign-in than the one that it came for. The proxy stopped it, nobody was signed in. Find the line in the log by the cause nonce_mismatch, and read the section before anything else.",
      metrics: browser ? [requestsByCause(token, "nonce_mismatch")] : [],
      threshold: 1,
    },
    {
      // By itself, since anybody can send it: it mustn't hide the one above.
      id: "WrongIssuer",
      section: "Responses of another issuer",
      description:
        "Responses name another issuer than idp_issuer_url. The proxy stopped them, nobody was signed in. If no sign-in completes, the setting is wrong; otherwise somebody changes responses, his own most likely.",
      metrics: browser ? [requestsByCause(browser.callback, "iss_wrong")] : [],
      threshold: 3,
      datapoints: 2,
    },
  ];
}

/** What AWS counts. */
function capacityRules({ functions, api, transactionTable }: Watched): Rule[] {
  const all = named(functions).map(([, one]) => one);
  const options: cloudwatch.MetricOptions = { period: PERIOD, statistic: "Sum" };
  return [
    {
      id: "ServerErrors",
      section: "The API answers 5xx",
      description:
        "The API answers with 5xx: sign-ins fail. Mostly another alarm says why; if none does, the functions weren't reached or broke off: look at the access log.",
      metrics: [api.metricServerError(options)],
      threshold: 3,
      datapoints: 2,
    },
    {
      id: "LambdaErrors",
      section: "A function breaks off",
      description:
        "A function ended without an answer: it refused to start over a setting, ran out of time, or crashed. The log says 'refused to start' with the names of the settings, or 'Task timed out'.",
      metrics: all.map((one) => one.metricErrors(options)),
      threshold: 3,
    },
    {
      id: "LambdaThrottles",
      section: "Requests are throttled",
      description:
        "Lambda turned requests away, since too many instances of the functions were running: users saw errors. Raise lambda_reserved_concurrency, or the account's own quota.",
      metrics: all.map((one) => one.metricThrottles(options)),
      threshold: 5,
    },
    {
      id: "TableThrottles",
      section: "Requests are throttled",
      description:
        "DynamoDB turned calls to the table away; a few are made good by trying again. If it lasts, look for a flood of requests to /authorize, then at the account's quotas for tables.",
      metrics: transactionTable
        ? TABLE_THROTTLES.map((name) => transactionTable.metric(name, options))
        : [],
      threshold: 5,
    },
  ];
}
