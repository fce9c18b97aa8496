// One dashboard, which shows what there is and nothing else.
import assert from "node:assert/strict";
import test from "node:test";

import { CONTEXT_NAMES, type ContextName } from "./support/contexts.ts";
import { onlyResourceOf, rendered, resourcesOf } from "./support/synthesize.ts";

interface Widget {
  readonly type: string;
  readonly width: number;
  readonly x: number;
  readonly properties: {
    readonly title: string;
    readonly metrics?: readonly unknown[];
    readonly alarms?: readonly string[];
  };
}

const dashboardOf = (name: ContextName) => onlyResourceOf(name, "AWS::CloudWatch::Dashboard");

function widgetsOf(name: ContextName): Widget[] {
  const body = rendered(dashboardOf(name)["DashboardBody"]);
  return (JSON.parse(body) as { widgets: Widget[] }).widgets;
}

/** What a widget draws, as text. */
function drawn(name: ContextName, title: RegExp): string {
  const found = widgetsOf(name).find(({ properties }) => title.test(properties.title));
  assert.ok(found, `${name}: ${String(title)}`);
  return JSON.stringify(found.properties.metrics);
}

test("a stack has one dashboard, whose name is free in every Region", () => {
  for (const name of CONTEXT_NAMES) {
    const stackName = name === "every-setting" ? "sign-in" : "sign-in-proxy";
    assert.equal(rendered(dashboardOf(name)["DashboardName"]), `${stackName}-\${Region}`);
  }
});

test("it begins with every alarm there is", () => {
  for (const name of CONTEXT_NAMES) {
    const [first] = widgetsOf(name);
    const alarms = Object.keys(resourcesOf(name, "AWS::CloudWatch::Alarm"));
    const expected = alarms.map((id) => `\${${id}.Arn}`);
    assert.deepEqual(first?.properties.alarms?.toSorted(), expected.toSorted(), name);
  }
});

test("sign-ins begun and completed are what authorize and token did; without PKCE only token is there", () => {
  const withPkce = drawn("minimal", /^Sign-ins/);
  assert.match(withPkce, /ProxyAuthorizeFunction\w+\}","outcome","done",\{"label":"begun"/);
  assert.match(withPkce, /ProxyTokenFunction\w+\}","outcome","done",\{"label":"completed"/);
  const whole = rendered(dashboardOf("without-pkce")["DashboardBody"]);
  assert.match(drawn("without-pkce", /^Sign-ins/), /"completed"/);
  assert.doesNotMatch(whole, /authorize|callback|begun/i);
});

test("whatever causes there are, they are searched for, function by function", () => {
  const { metrics = [] } =
    widgetsOf("every-setting").find(({ properties }) => properties.title.includes("by cause"))
      ?.properties ?? {};
  const searches = (metrics as [{ expression: string; label: string }][]).map(([search]) => search);
  assert.deepEqual(
    searches.map(({ expression }) => expression.replace(/[0-9A-F]{8}\}.*$/, "…")),
    ["Authorize", "Callback", "Token", "Jwks"].map(
      (lambda) =>
        `SEARCH('{"cognito-oidc-proxy",function_name,cause} MetricName="Requests" function_name="\${Proxy${lambda}Function…`,
    ),
  );
  assert.ok(searches.every(({ expression }) => expression.endsWith(`"', 'Sum', 300)`)));
  const labels = searches.map(({ label }) => label.split(": "));
  assert.deepEqual(
    labels,
    ["authorize", "callback", "token", "jwks"].map((name) => [name, "${PROP('Dim.cause')}"]),
  );
});

test("the IdP's latency and the key's age are what token writes", () => {
  const latency = drawn("minimal", /IdP takes/);
  for (const statistic of ["p50", "p99"]) assert.ok(latency.includes(`"stat":"${statistic}"`));
  assert.match(latency, /"cognito-oidc-proxy","IdpLatency","function_name","\$\{ProxyToken/);
  const age = drawn("minimal", /signing key/);
  assert.match(age, /"cognito-oidc-proxy","SigningKeyAge","function_name","\$\{ProxyToken/);
  assert.match(age, /seconds \/ 86400/);
});

test("what AWS counts of functions and API is there", () => {
  for (const [title, metrics] of [
    [/^Lambda: duration/, ["Duration"]],
    [/^Lambda: errors/, ["Errors", "Throttles"]],
    [/^Lambda: instances/, ["ConcurrentExecutions"]],
    [/^API/, ["4xx", "5xx"]],
  ] as const) {
    for (const metric of metrics)
      assert.ok(drawn("minimal", title).includes(`"${metric}"`), metric);
  }
});

test("the table's throttles are there when there is a table", () => {
  assert.match(drawn("dynamodb", /^Table/), /WriteThrottleEvents","TableName","\$\{Transactions/);
  for (const name of CONTEXT_NAMES.filter((context) => context !== "dynamodb")) {
    const titles = widgetsOf(name).map(({ properties }) => properties.title);
    assert.ok(!titles.some((title) => title.startsWith("Table")), name);
  }
});

test("no widget reaches beyond the page", () => {
  for (const { x, width } of CONTEXT_NAMES.flatMap(widgetsOf)) assert.ok(x + width <= 24);
});
