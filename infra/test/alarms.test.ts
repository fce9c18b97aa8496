// What each alarm counts, whom it tells, and that its description leads an operator to what to do.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { CONTEXT_NAMES, type ContextName } from "./support/contexts.ts";
import { rendered, resourcesOf } from "./support/synthesize.ts";

interface Metric {
  readonly MetricName: string;
  readonly Namespace: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[];
}

interface Alarm {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly AlarmActions?: readonly string[];
  readonly OKActions?: readonly string[];
  readonly TreatMissingData: string;
  readonly Threshold: number;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm: number;
  readonly Period?: number;
  readonly MetricName?: string;
  readonly Metrics?: readonly {
    readonly Id: string;
    readonly Expression?: string;
    readonly MetricStat?: {
      readonly Metric: Metric;
      readonly Period: number;
      readonly Stat: string;
    };
  }[];
}

const alarmsOf = (name: ContextName) =>
  Object.values(resourcesOf(name, "AWS::CloudWatch::Alarm")) as unknown as (Alarm & Metric)[];

/** The alarms by the ends of their names. */
const byId = (name: ContextName) =>
  new Map(alarmsOf(name).map((alarm) => [alarm.AlarmName.split("-").at(-1) ?? "", alarm]));

const metricsOf = (alarm: Alarm & Metric): Metric[] =>
  alarm.Metrics?.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : [])) ?? [alarm];

/** A metric as a line: `Requests ProxyToken cause=client_secret`. */
const line = ({ MetricName, Namespace, Dimensions }: Metric) => {
  const short = (value: unknown) =>
    rendered(value).replaceAll(/^\$\{|(?:Function)?[0-9A-F]{8}\}$/g, "");
  const dimensions = Dimensions.map(({ Name, Value }) => `${Name}=${short(Value)}`).toSorted();
  return [Namespace, MetricName, ...dimensions].join(" ");
};

const ours = (what: string, ...lambdas: string[]) =>
  lambdas.map((lambda) =>
    ["cognito-oidc-proxy Requests", ...[what, `function_name=Proxy${lambda}`].toSorted()].join(" "),
  );

const lambdas = (metric: string, ...names: string[]) =>
  names.map((name) => `AWS/Lambda ${metric} FunctionName=Proxy${name}`);

const SECRETS = ["cause=secret_unusable", "cause=secret_unavailable"];
const BROWSER_AND_TOKEN = ["Authorize", "Callback", "Token"];

/** What each alarm of a deployment counts together. */
const counted = (all: string[], readers: string[]) => ({
  IdpFailing: ours("outcome=idp_failed", ...all.filter((one) => /Callback|Token/.test(one))),
  KeyRefused: ours("cause=idp_invalid_client", "Token"),
  ClientSecretRefused: ours("cause=client_secret", "Token"),
  SecretUnusable: SECRETS.flatMap((cause) => ours(cause, ...readers)),
  SecretNotRefreshed: readers.map(
    (lambda) => `cognito-oidc-proxy SecretRefreshFailures function_name=Proxy${lambda}`,
  ),
  ProxyFailing: ours("outcome=failed", ...all),
  ServerErrors: ["AWS/ApiGateway 5xx ApiId=ProxyHttpApi"],
  LambdaErrors: lambdas("Errors", ...all),
  LambdaThrottles: lambdas("Throttles", ...all),
});

const ATTACK = {
  Attack: ours("cause=nonce_mismatch", "Token"),
  WrongIssuer: ours("cause=iss_wrong", "Callback"),
};

const EXPECTED: readonly (readonly [ContextName, Readonly<Record<string, readonly string[]>>])[] = [
  ["minimal", { ...counted(BROWSER_AND_TOKEN, BROWSER_AND_TOKEN), ...ATTACK }],
  [
    "every-setting",
    {
      ...counted([...BROWSER_AND_TOKEN, "Jwks"], [...BROWSER_AND_TOKEN, "Jwks"]),
      ...ATTACK,
    },
  ],
  ["without-pkce", counted(["Token"], ["Token"])],
  [
    "dynamodb",
    {
      ...counted(BROWSER_AND_TOKEN, ["Token"]),
      ...ATTACK,
      StoreUnavailable: ours("cause=store_unavailable", ...BROWSER_AND_TOKEN),
      TableThrottles: ["Read", "Write"].map(
        (kind) => `AWS/DynamoDB ${kind}ThrottleEvents TableName=TransactionsTable`,
      ),
    },
  ],
];

test("each alarm counts what its functions write, and nothing that isn't deployed", () => {
  for (const [name, expected] of EXPECTED) {
    const alarms = byId(name);
    assert.deepEqual([...alarms.keys()].toSorted(), Object.keys(expected).toSorted(), name);
    for (const [id, alarm] of alarms) {
      const lines = metricsOf(alarm).map(line).toSorted();
      assert.deepEqual(lines, expected[id]?.toSorted(), `${name}: ${id}`);
    }
  }
});

test("several metrics are added up, none of them left out, and a silent one is nought", () => {
  for (const alarm of CONTEXT_NAMES.flatMap(alarmsOf)) {
    const { Metrics } = alarm;
    if (!Metrics) continue;
    const ids = Metrics.flatMap(({ Id, MetricStat }) => (MetricStat ? [Id] : []));
    const expressions = Metrics.flatMap(({ Expression }) => (Expression ? [Expression] : []));
    const filled = ids.map((id) => `FILL(${id}, 0)`).join(", ");
    assert.deepEqual(expressions, [`SUM([${filled}])`], alarm.AlarmName);
    // CloudWatch takes no more in one alarm.
    assert.ok(ids.length <= 10, alarm.AlarmName);
  }
});

test("everything is counted in periods of five minutes, and silence is no alarm", () => {
  for (const alarm of CONTEXT_NAMES.flatMap(alarmsOf)) {
    const periods = alarm.Metrics?.flatMap(({ MetricStat }) =>
      MetricStat ? [[MetricStat.Period, MetricStat.Stat]] : [],
    ) ?? [[alarm.Period, (alarm as unknown as { Statistic: string }).Statistic]];
    assert.deepEqual(new Set(periods.map(String)), new Set(["300,Sum"]), alarm.AlarmName);
    assert.equal(alarm.TreatMissingData, "notBreaching");
    assert.ok(alarm.DatapointsToAlarm <= alarm.EvaluationPeriods);
  }
});

test("what never heals by itself needs one request, what may pass needs several", () => {
  const alarms = byId("dynamodb");
  const needs = (id: string) => {
    const alarm = alarms.get(id);
    return [alarm?.Threshold, alarm?.DatapointsToAlarm, alarm?.EvaluationPeriods];
  };
  for (const id of ["KeyRefused", "SecretUnusable", "Attack"])
    assert.deepEqual(needs(id), [1, 1, 1]);
  assert.deepEqual(needs("SecretNotRefreshed"), [1, 2, 3]);
  for (const id of ["IdpFailing", "ServerErrors", "WrongIssuer"])
    assert.deepEqual(needs(id), [3, 2, 3]);
});

test("with a topic every alarm tells when it begins and when it is over, without one nobody is told", () => {
  const topic = ["arn:aws:sns:eu-west-2:123456789012:on-call"];
  for (const name of CONTEXT_NAMES) {
    const expected = name === "every-setting" ? topic : undefined;
    for (const { AlarmName, AlarmActions, OKActions } of alarmsOf(name)) {
      assert.deepEqual([AlarmActions, OKActions], [expected, expected], `${name}: ${AlarmName}`);
    }
  }
});

test("every description says something, and ends with a section of docs/operate.md", () => {
  const document = readFileSync(new URL("../../docs/operate.md", import.meta.url), "utf8");
  const sections = [...document.matchAll(/^### (.+)$/gm)].map(([, title]) => title);
  const pointedTo = new Set<string>();
  for (const { AlarmDescription } of CONTEXT_NAMES.flatMap(alarmsOf)) {
    const match = /^(.{80,}[.]) See docs\/operate\.md, "(.+)"\.$/.exec(AlarmDescription);
    assert.ok(match?.[2], AlarmDescription);
    assert.ok(sections.includes(match[2]), match[2]);
    assert.ok(AlarmDescription.length <= 1024, AlarmDescription);
    pointedTo.add(match[2]);
  }
  const alarms = document.slice(document.indexOf("## Alarms"), document.indexOf("## X-Ray"));
  const described = [...alarms.matchAll(/^### (.+)$/gm)].map(([, title]) => title);
  assert.deepEqual([...pointedTo].toSorted(), described.toSorted());
});

test("the alarms' names begin with the stack's", () => {
  assert.ok(alarmsOf("minimal").every(({ AlarmName }) => AlarmName.startsWith("sign-in-proxy-")));
});

test("the document's count of what alarms cost is the template's", () => {
  const document = readFileSync(new URL("../../docs/deploy.md", import.meta.url), "utf8");
  const counts = (["minimal", "dynamodb", "without-pkce"] as const).map(
    (name) => alarmsOf(name).flatMap(metricsOf).length,
  );
  const [browser, dynamodb, withoutPkce] = counts;
  assert.match(document, new RegExp(`\\| CloudWatch, alarms \\| ${String(browser)} metrics`));
  assert.ok(document.includes(`(${dynamodb} with \`dynamodb\`, ${withoutPkce} without PKCE)`));
});
