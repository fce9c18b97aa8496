// From a context to a template, as `cdk synth` does it, without building anything.
import { readFileSync } from "node:fs";

import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";

import { readConfiguration } from "../../lib/configuration/read.ts";
import { ProxyStack } from "../../lib/proxy-stack.ts";
import { CONTEXTS, type ContextName } from "./contexts.ts";

const CDK_JSON = new URL("../../../cdk.json", import.meta.url);

const { context: flags } = JSON.parse(readFileSync(CDK_JSON, "utf8")) as {
  context: Record<string, unknown>;
};

export interface TemplateJson {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { Value: unknown; Description: string }>>;
}

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly DependsOn?: readonly string[];
}

/** An app with one stack. It bundles only where it is told to; `outdir` keeps its assembly. */
export function appOf(
  context: Readonly<Record<string, unknown>>,
  { outdir, bundles = false }: { readonly outdir?: string; readonly bundles?: boolean } = {},
) {
  const bundling = bundles ? {} : { "aws:cdk:bundling-stacks": [] };
  const app = new App({ context: { ...flags, ...bundling }, outdir });
  const configuration = readConfiguration(context);
  const stack = new ProxyStack(app, configuration.stackName, { configuration });
  return { app, stack };
}

const cache = new Map<ContextName, Template>();

/** The template of a variant. */
export function templateOf(name: ContextName): Template {
  const template = cache.get(name) ?? Template.fromStack(appOf(CONTEXTS[name]).stack);
  cache.set(name, template);
  return template;
}

/** The template as JSON. */
export const jsonOf = (name: ContextName) => templateOf(name).toJSON() as TemplateJson;

/** The properties of all resources of one type, by logical id. */
export function resourcesOf(name: ContextName, type: string) {
  return Object.fromEntries(
    Object.entries(jsonOf(name).Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([id, { Properties }]) => [id, Properties]),
  );
}

/** The one resource of a type. */
export function onlyResourceOf(name: ContextName, type: string) {
  const [first, ...more] = Object.values(resourcesOf(name, type));
  if (!first || more.length > 0) throw new Error(`${name} has not exactly one ${type}`);
  return first;
}

/** A function's properties; the id begins with the construct's path. */
export function lambdaOf(name: ContextName, construct: string) {
  const found = Object.entries(resourcesOf(name, "AWS::Lambda::Function")).find(([id]) =>
    id.startsWith(`${construct}Function`),
  );
  if (!found) throw new Error(`${name} has no function ${construct}`);
  return found[1];
}

export const LAMBDAS = {
  authorize: "ProxyAuthorize",
  callback: "ProxyCallback",
  token: "ProxyToken",
  jwks: "ProxyJwks",
} as const;

/** A value with intrinsic functions as one readable text: `https://${Api}.execute-api…`. */
export function rendered(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const node = value as Record<string, unknown>;
  if ("Ref" in node) return `\${${String(node["Ref"]).replace(/^AWS::/, "")}}`;
  if ("Fn::GetAtt" in node) return `\${${(node["Fn::GetAtt"] as string[]).join(".")}}`;
  if ("Fn::Join" in node) {
    const [separator, parts] = node["Fn::Join"] as [string, unknown[]];
    return parts.map(rendered).join(separator);
  }
  return JSON.stringify(value);
}
