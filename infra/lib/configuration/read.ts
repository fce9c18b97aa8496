// From the context to one typed configuration, or to every problem at once.
// The only way in: no construct reads the context itself.
import type { z } from "zod";

import { ConfigurationError, type Context, type Problem, isSet } from "./problems.ts";
import { brokenRules } from "./rules.ts";
import { SET_BY_THE_STACK, schema } from "./schema.ts";

type CamelCase<Key extends string> = Key extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Key;

type CamelCased<T> = { readonly [Key in keyof T & string as CamelCase<Key>]: T[Key] };

/** The context with all defaults: each key as TypeScript spells it, `idp_token_endpoint` as `idpTokenEndpoint`. */
export type Configuration = CamelCased<z.output<typeof schema>>;

/** Keys that are the CDK's own business: feature flags, cached look-ups, what its CLI acknowledges. */
const FOREIGN = /[:@]|^(acknowledged-issue-numbers|cli-telemetry)$/;

const PLACEHOLDER = /\bYOUR[_ -][A-Z]/;

/**
 * Reads the context.
 *
 * @throws ConfigurationError with every problem there is
 */
export function readConfiguration(everything: Context): Configuration {
  const context = Object.fromEntries(
    Object.entries(everything).filter(([key]) => !FOREIGN.test(key) && isSet(everything, key)),
  );
  const placeholders = findPlaceholders(context);
  const unknown = Object.keys(context).filter((key) => !(key in schema.shape));
  const parsed = schema.safeParse(context);
  const issues = parsed.success ? [] : parsed.error.issues;

  const problems = [
    ...unknown.map((key) => unknownKey(key)),
    ...placeholders.map(({ key, value }) => ({
      key,
      value,
      fault: `is still the template's placeholder ${JSON.stringify(value)}`,
      expected: "your own value",
    })),
    ...issues
      .filter(({ code }) => code !== "unrecognized_keys")
      .flatMap((issue) => told(issue, context)),
    ...issues.flatMap((issue) => unknownInside(issue)),
    ...brokenRules(context),
  ];
  if (parsed.success && problems.length === 0) return camelCased(parsed.data);
  throw new ConfigurationError(firstPerKey(problems));
}

function findPlaceholders(value: unknown, key = ""): { key: string; value: string }[] {
  if (typeof value === "string") return PLACEHOLDER.test(value) ? [{ key, value }] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) =>
    findPlaceholders(item, joined(key, Array.isArray(value) ? Number(name) : name)),
  );
}

function unknownKey(key: string): Problem {
  if (key === "idp_client_secret") {
    return {
      key,
      fault: "isn't needed any more",
      expected:
        "no such key. The secret between Cognito and the proxy is generated, and the proxy proves itself to the IdP by its signing key; remove the line, and revoke the secret at the IdP if it was a real one",
    };
  }
  if (SET_BY_THE_STACK.includes(key)) {
    return { key, fault: "can't be chosen", expected: "no such key: the stack sets it itself" };
  }
  const near = nearest(key);
  const expected = near
    ? `${near}, perhaps`
    : "a key that docs/deploy.md or docs/configuration.md lists";
  return { key, fault: "is no key of this app", expected };
}

type Issue = z.core.$ZodIssue;

function told(issue: Issue, context: Context): Problem[] {
  // Of several alternatives, one that got beyond the type says more than the summary.
  if (issue.code === "invalid_union") {
    const inner = issue.errors.find(
      (errors) => errors.length > 0 && errors.every(({ path }) => path.length > 0),
    );
    if (inner) {
      return inner.flatMap((error) =>
        told({ ...error, path: [...issue.path, ...error.path] }, context),
      );
    }
  }
  const value = issue.path.reduce<unknown>(
    (at, part) => (at as Record<PropertyKey, unknown> | undefined)?.[part],
    context,
  );
  const key = issue.path.reduce<string>(joined, "");
  return [{ key, ...(value !== undefined && { value }), expected: expectationOf(issue) }];
}

/** A record's key is wrong: zod tells so in an issue of its own, around what is expected of the key. */
function expectationOf(issue: Issue): string {
  return issue.code === "invalid_key" ? (issue.issues[0]?.message ?? issue.message) : issue.message;
}

function unknownInside(issue: Issue): Problem[] {
  if (issue.code !== "unrecognized_keys" || issue.path.length === 0) return [];
  const place = issue.path.reduce<string>(joined, "");
  return issue.keys.map((key) => ({
    key: joined(place, key),
    fault: "is no key of this app",
    expected: "no such key",
  }));
}

function joined(place: string, part: PropertyKey): string {
  if (typeof part === "number") return `${place}[${part}]`;
  return place === "" ? String(part) : `${place}.${String(part)}`;
}

/** One problem per key is enough: the first says the most. */
function firstPerKey(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.toReversed().map((problem) => [problem.key, problem])).values()].sort(
    (one, other) => one.key.localeCompare(other.key),
  );
}

function nearest(key: string): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  return Object.keys(schema.shape).find(
    (known) =>
      plain(known) === plain(key) || plain(known).includes(plain(key)) || isOneEditAway(known, key),
  );
}

function isOneEditAway(known: string, key: string): boolean {
  let start = 0;
  while (start < key.length && known[start] === key[start]) start += 1;
  let end = 0;
  const shorter = Math.min(known.length, key.length) - start;
  while (end < shorter && known.at(-1 - end) === key.at(-1 - end)) end += 1;
  return Math.max(known.length, key.length) - start - end <= 2;
}

function camelCased(values: z.output<typeof schema>): Configuration {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  ) as Configuration;
}
