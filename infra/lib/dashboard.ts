// One page that answers, from top to bottom: is anything wrong, do people get in, who is slow, what is used up.
import { Aws, Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";

import {
  PERIOD,
  TABLE_THROTTLES,
  idpLatency,
  requestsByOutcome,
  searchCauses,
  signingKeyAgeInDays,
  sum,
} from "./metrics.ts";
import { type Watched, named } from "./watched.ts";

export interface DashboardProps extends Watched {
  /** What the dashboard's name begins with. Its Region follows: names are the account's, in all Regions. */
  readonly namePrefix: string;

  /** The alarms whose state is shown. */
  readonly alarms: readonly cloudwatch.IAlarm[];
}

/** Half of a row, of which CloudWatch has 24 columns. */
const HALF = { width: 12, height: 6 };

const THIRD = { width: 8, height: 6 };

export class Dashboard extends Construct {
  /** Where to see it. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const dashboardName = `${props.namePrefix}-${Aws.REGION}`;
    const dashboard = new cloudwatch.Dashboard(this, "Dashboard", {
      dashboardName,
      defaultInterval: Duration.days(1),
    });
    const title = "Alarms: docs/operate.md has a section for each";
    dashboard.addWidgets(
      new cloudwatch.AlarmStatusWidget({ title, alarms: [...props.alarms], width: 24, height: 4 }),
    );
    dashboard.addWidgets(...signIns(props));
    dashboard.addWidgets(...identityProvider(props));
    dashboard.addWidgets(...lambdas(props));
    dashboard.addWidgets(...api(props));
    this.url = `https://${Aws.REGION}.console.aws.amazon.com/cloudwatch/home?region=${Aws.REGION}#dashboards/dashboard/${dashboardName}`;
  }
}

const TOTAL = { period: PERIOD, statistic: "Sum" };

function graph(
  title: string,
  size: typeof HALF,
  left: cloudwatch.IMetric[],
  stacked = false,
): cloudwatch.IWidget {
  const leftYAxis = { min: 0, showUnits: false };
  return new cloudwatch.GraphWidget({ ...size, title, left, leftYAxis, stacked });
}

function signIns({ functions }: Watched): cloudwatch.IWidget[] {
  const { token, browser } = functions;
  const causes = named(functions).map(([name, one]) => searchCauses(one, name));
  return [
    graph("Sign-ins in five minutes", HALF, [
      ...(browser ? [requestsByOutcome(browser.authorize, "done", "begun")] : []),
      requestsByOutcome(token, "done", "completed"),
    ]),
    graph("Requests that came to nothing, by cause", HALF, causes, true),
  ];
}

function identityProvider({ functions: { token } }: Watched): cloudwatch.IWidget[] {
  const latency = ["p50", "p99"].map((statistic) => idpLatency(token, statistic));
  return [
    graph("How long the IdP takes to answer /token (ms)", HALF, latency),
    graph("Age of the signing key (days)", HALF, [signingKeyAgeInDays(token)]),
  ];
}

function lambdas({ functions }: Watched): cloudwatch.IWidget[] {
  const all = named(functions);
  const throttles = all.map(([, one]) => one.metricThrottles(TOTAL));
  return [
    graph(
      "Lambda: duration, p99 (ms)",
      THIRD,
      all.map(([label, one]) => one.metricDuration({ period: PERIOD, statistic: "p99", label })),
    ),
    graph("Lambda: errors, and what it throttled", THIRD, [
      ...all.map(([name, one]) => one.metricErrors({ ...TOTAL, label: `${name}: errors` })),
      sum(throttles, "throttled"),
    ]),
    graph(
      "Lambda: instances at once",
      THIRD,
      all.map(([label, one]) =>
        one.metric("ConcurrentExecutions", { period: PERIOD, statistic: "Maximum", label }),
      ),
    ),
  ];
}

function api({ api: http, transactionTable }: Watched): cloudwatch.IWidget[] {
  const errors = graph("API: errors (what it throttled is among the 4xx)", HALF, [
    http.metricClientError({ ...TOTAL, label: "4xx" }),
    http.metricServerError({ ...TOTAL, label: "5xx" }),
  ]);
  if (!transactionTable) return [errors];
  const throttles = TABLE_THROTTLES.map((name) =>
    transactionTable.metric(name, { ...TOTAL, label: name }),
  );
  return [errors, graph("Table: what it throttled", HALF, throttles)];
}
