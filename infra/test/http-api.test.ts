// The HTTP API in front of the functions, and how long each may take.
import assert from "node:assert/strict";
import test from "node:test";

import { CONTEXT_NAMES, type ContextName } from "./support/contexts.ts";
import {
  LAMBDAS,
  jsonOf,
  lambdaOf,
  onlyResourceOf,
  rendered,
  resourcesOf,
} from "./support/synthesize.ts";

const routesOf = (name: ContextName) =>
  Object.values(resourcesOf(name, "AWS::ApiGatewayV2::Route"))
    .map(({ RouteKey }) => RouteKey)
    .toSorted();

test("with PKCE there are three routes, each with one method", () => {
  assert.deepEqual(routesOf("minimal"), ["GET /authorize", "GET /callback", "POST /token"]);
});

test("without PKCE only /token is deployed", () => {
  assert.deepEqual(routesOf("without-pkce"), ["POST /token"]);
  assert.equal(Object.keys(resourcesOf("without-pkce", "AWS::Lambda::Function")).length, 1);
});

test("stage and routes are those of the context", () => {
  assert.deepEqual(routesOf("every-setting"), [
    "GET /a/authorize",
    "GET /a/callback",
    "GET /jwks.json",
    "POST /a/token",
  ]);
  const stageOf = (name: ContextName) => onlyResourceOf(name, "AWS::ApiGatewayV2::Stage");
  assert.equal(stageOf("every-setting")["StageName"], "$default");
  assert.equal(stageOf("minimal")["StageName"], "v1");
});

test("each route leads to the function of its name", () => {
  const { Resources } = jsonOf("minimal");
  for (const route of Object.values(resourcesOf("minimal", "AWS::ApiGatewayV2::Route"))) {
    const integration = /\$\{(\w+)\}$/.exec(rendered(route["Target"]))?.[1] ?? "";
    const target = rendered(Resources[integration]?.Properties["IntegrationUri"]);
    const name = String(route["RouteKey"]).split("/")[1] ?? "";
    assert.match(target, new RegExp(`^\\$\\{Proxy${name}Function`, "i"));
    assert.equal(Resources[integration]?.Properties["PayloadFormatVersion"], "2.0");
  }
});

test("every stage is throttled", () => {
  for (const name of CONTEXT_NAMES) {
    const expected = name === "every-setting" ? [10, 20] : [50, 100];
    for (const stage of Object.values(resourcesOf(name, "AWS::ApiGatewayV2::Stage"))) {
      const settings = stage["DefaultRouteSettings"] as Record<string, number>;
      const { ThrottlingRateLimit, ThrottlingBurstLimit } = settings;
      assert.deepEqual([ThrottlingRateLimit, ThrottlingBurstLimit], expected, name);
    }
  }
});

test("the access log is JSON and shows neither queries nor cookies nor tokens", () => {
  for (const stage of Object.values(resourcesOf("app-clients", "AWS::ApiGatewayV2::Stage"))) {
    const { DestinationArn, Format } = stage["AccessLogSettings"] as Record<string, unknown>;
    assert.match(rendered(DestinationArn), /AccessLog\w+\.Arn/);
    const fields = Object.values(JSON.parse(String(Format)) as Record<string, string>);
    for (const field of ["status", "routeKey", "integration.requestId"]) {
      assert.ok(fields.includes(`$context.${field}`), field);
    }
    for (const field of fields) {
      assert.match(field, /^\$context\.[A-Za-z.]+$/);
      assert.doesNotMatch(field, /querystring|authorizer|header|cookie/i);
    }
  }
});

test("no API answers to scripts of other origins", () => {
  for (const name of CONTEXT_NAMES) {
    for (const api of Object.values(resourcesOf(name, "AWS::ApiGatewayV2::Api"))) {
      assert.equal(api["CorsConfiguration"], undefined, name);
    }
  }
});

test("with a domain of one's own the API's default endpoint is off", () => {
  const api = onlyResourceOf("custom-domains", "AWS::ApiGatewayV2::Api");
  assert.equal(api["DisableExecuteApiEndpoint"], true);
  assert.notEqual(
    onlyResourceOf("minimal", "AWS::ApiGatewayV2::Api")["DisableExecuteApiEndpoint"],
    true,
  );
  const domain = onlyResourceOf("custom-domains", "AWS::ApiGatewayV2::DomainName");
  assert.equal(domain["DomainName"], "sign-in.example.com");
  assert.match(JSON.stringify(domain), /"SecurityPolicy":"TLS_1_2"/);
  const mapping = onlyResourceOf("custom-domains", "AWS::ApiGatewayV2::ApiMapping");
  assert.equal(mapping["ApiMappingKey"], undefined);
  const resources = Object.entries(jsonOf("custom-domains").Resources);
  const named = (type: string) => resources.filter(([, { Type }]) => Type === type);
  const stages = named("AWS::ApiGatewayV2::Stage").map(([id]) => id);
  for (const [, { DependsOn }] of named("AWS::ApiGatewayV2::ApiMapping")) {
    assert.ok(
      DependsOn?.some((id) => stages.includes(id)),
      "the mapping waits for the stage",
    );
  }
});

test("a function has longer than the proxy's own deadlines, and less than API Gateway waits", () => {
  const seconds = (name: ContextName, lambda: keyof typeof LAMBDAS) =>
    Number(lambdaOf(name, LAMBDAS[lambda])["Timeout"]);
  // Twice the IdP's 8 or 5 seconds, and three times Secrets Manager's 4.
  assert.equal(seconds("minimal", "token"), 29);
  assert.equal(seconds("every-setting", "token"), 23);
  assert.equal(seconds("minimal", "authorize"), 5);
  assert.equal(seconds("minimal", "callback"), 9);
  for (const name of CONTEXT_NAMES) {
    for (const { Timeout } of Object.values(resourcesOf(name, "AWS::Lambda::Function"))) {
      assert.ok(Number(Timeout) < 30, name);
    }
  }
});

test("every function runs on provided.al2023, with the memory, processor and log of the context", () => {
  for (const [name, memory, architecture, days, concurrency] of [
    ["minimal", 256, "x86_64", 90, undefined],
    ["every-setting", 512, "arm64", 30, 5],
  ] as const) {
    for (const lambda of Object.values(resourcesOf(name, "AWS::Lambda::Function"))) {
      assert.equal(lambda["Runtime"], "provided.al2023");
      assert.equal(lambda["Handler"], "bootstrap");
      assert.equal(lambda["MemorySize"], memory);
      assert.deepEqual(lambda["Architectures"], [architecture]);
      assert.equal(lambda["ReservedConcurrentExecutions"], concurrency);
      const { LogGroup } = lambda["LoggingConfig"] as Record<string, unknown>;
      assert.match(rendered(LogGroup), /LogGroup/);
    }
    for (const group of Object.values(resourcesOf(name, "AWS::Logs::LogGroup"))) {
      assert.equal(group["RetentionInDays"], days);
    }
  }
});
