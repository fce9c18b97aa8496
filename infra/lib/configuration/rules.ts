// What one key demands of another. The rules see the context as it was written, so that they can speak
// even when single values are wrong; they must take any value for any key.
import { existsSync } from "node:fs";
import { join } from "node:path";

import { type Context, type Problem, isSet } from "./problems.ts";
import { schema } from "./schema.ts";

type Rule = (context: Context) => Problem[];

/** Every problem between keys. */
export function brokenRules(context: Context): Problem[] {
  return RULES.flatMap((rule) => rule(context));
}

const problem = (context: Context, key: string, expected: string): Problem => ({
  key,
  ...(isSet(context, key) && { value: context[key] }),
  expected,
});

function exactlyOne(pathKey: string, urlKey: string): Rule {
  return (context) => {
    const given = [pathKey, urlKey].filter((key) => isSet(context, key));
    if (given.length === 1) return [];
    const expected =
      given.length === 0
        ? `a path below idp_issuer_url, or ${urlKey} with a whole URL`
        : `only one of ${pathKey} and ${urlKey}`;
    return [problem(context, pathKey, expected)];
  };
}

function together(one: string, other: string): Rule {
  return (context) =>
    [[one, other] as const, [other, one] as const].flatMap(([present, absent]) =>
      isSet(context, present) && !isSet(context, absent)
        ? [problem(context, absent, `a value, since ${present} is set`)]
        : [],
    );
}

function notTogether(one: string, others: readonly string[], reason: string): Rule {
  return (context) =>
    isSet(context, one)
      ? others
          .filter((key) => isSet(context, key))
          .map((key) => problem(context, key, `no value, ${reason}`))
      : [];
}

/** Cognito's own words may not be in the prefix of a domain, and the stack's name is the default prefix. */
const domainPrefix: Rule = (context) => {
  const elsewhere = ["user_pool_id", "cognito_domain_name"].some((key) => isSet(context, key));
  const key = isSet(context, "cognito_domain_prefix") ? "cognito_domain_prefix" : "stack_name";
  const value = context[key];
  if (elsewhere || typeof value !== "string") return [];
  const reserved = ["aws", "amazon", "cognito"].filter((word) =>
    value.toLowerCase().includes(word),
  );
  // An account id and a hyphen follow the stack's name.
  const tooLong = key === "stack_name" && value.length > 50;
  const refused = reserved.length > 0 || tooLong || (key === "stack_name" && value.endsWith("-"));
  const advice = key === "stack_name" ? "; or set cognito_domain_prefix" : "";
  const expected = `what Cognito takes as a domain: without aws, amazon and cognito${advice}`;
  return refused ? [problem(context, key, expected)] : [];
};

const ROUTES = ["api_authn_route", "api_callback_route", "api_token_route", "jwks_route"] as const;

const distinctRoutes: Rule = (context) => {
  const routeOf = (key: (typeof ROUTES)[number]) =>
    isSet(context, key) ? context[key] : schema.shape[key].parse(undefined);
  return ROUTES.filter((key, index) =>
    ROUTES.some(
      (other, position) =>
        other !== key &&
        isSet(context, key) &&
        (!isSet(context, other) || position < index) &&
        routeOf(other) === routeOf(key),
    ),
  ).map((key) => problem(context, key, "a route of its own"));
};

const archives: Rule = (context) => {
  const directory = context["lambda_archive_dir"];
  if (typeof directory !== "string" || directory === "") return [];
  const pkce = schema.shape.pkce.safeParse(context["pkce"]).data !== false;
  const example = schema.shape.example_api.safeParse(context["example_api"]).data === true;
  const missing = [
    ...(pkce ? ["authorize", "callback"] : []),
    "token",
    ...(isSet(context, "jwks_route") ? ["jwks"] : []),
    ...(example ? ["example-api"] : []),
  ]
    .map((name) => `${name}.zip`)
    .filter((name) => !existsSync(join(directory, name)));
  const expected = `a directory with ${missing.join(", ")}, too`;
  return missing.length > 0 ? [problem(context, "lambda_archive_dir", expected)] : [];
};

interface Named {
  readonly name?: unknown;
  readonly scopes?: unknown;
  readonly identifier?: unknown;
}

const listOf = (value: unknown): Named[] =>
  Array.isArray(value)
    ? value.filter((item): item is Named => typeof item === "object" && item !== null)
    : [];

const distinctAppClients: Rule = (context) => {
  const names = listOf(context["app_clients"]).map(({ name }) => name);
  // An output's name has no hyphens, and `app` is the app client of userpool_allowed_callback_url.
  const plain = ["app", ...names.map((name) => String(name).replaceAll("-", "").toLowerCase())];
  return names.flatMap((name, index) =>
    typeof name === "string" && plain.indexOf(plain[index + 1] ?? "") <= index
      ? [{ key: `app_clients[${index}].name`, value: name, expected: "a name of its own" }]
      : [],
  );
};

const distinctResourceServers: Rule = (context) => {
  const identifiers = listOf(context["resource_servers"]).map(({ identifier }) => identifier);
  return identifiers.flatMap((identifier, index) =>
    typeof identifier === "string" && identifiers.indexOf(identifier) < index
      ? [
          {
            key: `resource_servers[${index}].identifier`,
            value: identifier,
            expected: "an identifier of its own",
          },
        ]
      : [],
  );
};

/** An existing pool may have resource servers that this stack doesn't know. */
const declaredScopes: Rule = (context) => {
  if (isSet(context, "user_pool_id")) return [];
  const declared = new Set(
    listOf(context["resource_servers"]).flatMap(({ identifier, scopes }) =>
      Object.keys(scopes ?? {}).map((scope) => `${String(identifier)}/${scope}`),
    ),
  );
  return listOf(context["app_clients"]).flatMap(({ scopes }, index) =>
    (Array.isArray(scopes) ? (scopes as unknown[]) : []).flatMap((scope, position) =>
      typeof scope === "string" && scope.includes("/") && !declared.has(scope)
        ? [
            {
              key: `app_clients[${index}].scopes[${position}]`,
              value: scope,
              expected: "a scope that resource_servers declares, as identifier/scope",
            },
          ]
        : [],
    ),
  );
};

/** Without PKCE no sign-in passes through the proxy before `/token`: there is nothing to keep. */
const storeNeedsPkce: Rule = (context) => {
  const pkce = schema.shape.pkce.safeParse(context["pkce"]).data !== false;
  const expected =
    "browser, or no such key, since pkce is false: no sign-in under way is kept then, and the table would stay empty";
  return context["transaction_store"] === "dynamodb" && !pkce
    ? [problem(context, "transaction_store", expected)]
    : [];
};

const RULES: readonly Rule[] = [
  exactlyOne("idp_auth_path", "idp_authorization_endpoint"),
  exactlyOne("idp_token_path", "idp_token_endpoint"),
  exactlyOne("idp_keys_path", "idp_jwks_uri"),
  exactlyOne("idp_attributes_path", "idp_userinfo_endpoint"),
  together("api_domain_name", "api_certificate_arn"),
  together("cognito_domain_name", "cognito_certificate_arn"),
  together("user_pool_id", "user_pool_domain"),
  notTogether(
    "user_pool_id",
    ["cognito_domain_prefix", "cognito_domain_name", "deletion_protection"],
    "since an existing pool keeps what it has",
  ),
  notTogether("cognito_domain_name", ["cognito_domain_prefix"], "since cognito_domain_name is set"),
  storeNeedsPkce,
  domainPrefix,
  distinctRoutes,
  archives,
  distinctAppClients,
  distinctResourceServers,
  declaredScopes,
];
