// Every context key with its kind and default. Rules between keys are in rules.ts.
// The keys of the Lambdas' settings are theirs, in small letters: crates/environment.json lists them.
import { z } from "zod";

import { appClient, resourceServer } from "./app-clients.ts";
import { observation } from "./observation.ts";
import {
  boolean,
  endpoint,
  endpointForCognito,
  hostName,
  identifier,
  integer,
  issuer,
  matching,
  oneOf,
  oneOrMore,
  path,
  redirectUri,
  route,
  scopes,
  text,
} from "./values.ts";

const ALGORITHMS = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA"],
] as [string, ...string[]];

/** Parameters that the proxy alone decides: crates/protocol/src/authorization_url.rs refuses them. */
const RESERVED_PARAMETERS = new Set([
  ...["client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce"],
  ...["code_challenge", "code_challenge_method", "request", "request_uri"],
]);

const RESERVED_PROVIDER_NAMES = new Set([
  ...["COGNITO", "Google", "Facebook", "LoginWithAmazon", "SignInWithApple"],
]);

/** What Cognito lets an identity provider fill. */
const STANDARD_ATTRIBUTES = new Set([
  ...["address", "birthdate", "email", "email_verified", "family_name", "gender", "given_name"],
  ...["locale", "middle_name", "name", "nickname", "phone_number", "phone_number_verified"],
  ...["picture", "preferred_username", "profile", "updated_at", "username", "website", "zoneinfo"],
]);

const certificateArn = (expected: string, region = "[a-z0-9-]+") =>
  matching(new RegExp(`^arn:aws[a-z-]*:acm:${region}:\\d{12}:certificate/[\\w-]+$`), expected);

const authorizationParameters = z
  .record(z.string(), z.json(), { error: 'a JSON object such as {"acr_values": "…"}' })
  .superRefine((parameters, context) => {
    for (const [name, value] of Object.entries(parameters)) {
      if (RESERVED_PARAMETERS.has(name)) {
        const message = "parameters other than those that the proxy sets itself";
        context.addIssue({ code: "custom", path: [name], message });
      } else if (value === null) {
        context.addIssue({ code: "custom", path: [name], message: "a value other than null" });
      }
    }
  });

/** The identity provider, and how the proxy speaks to it. */
const identityProvider = {
  idp_name: matching(
    /^[A-Za-z0-9][A-Za-z0-9.-]{1,30}[A-Za-z0-9]$/,
    "the name that Cognito shows and puts before user names: 3 to 32 letters, digits, . or -",
  ).refine((name) => !RESERVED_PROVIDER_NAMES.has(name), {
    error: "a name that isn't one of Cognito's own",
  }),
  idp_client_id: identifier("the client identifier at the IdP, printable ASCII without spaces"),
  idp_issuer_url: issuer(),
  idp_auth_path: path().optional(),
  idp_authorization_endpoint: endpoint(
    "an https:// URL without user name or fragment, whose query sets nothing that the proxy sets itself",
    (url) => ![...url.searchParams.keys()].some((name) => RESERVED_PARAMETERS.has(name)),
  ).optional(),
  idp_token_path: path().optional(),
  idp_token_endpoint: endpoint().optional(),
  idp_keys_path: path().optional(),
  idp_jwks_uri: endpointForCognito().optional(),
  idp_attributes_path: path().optional(),
  idp_userinfo_endpoint: endpointForCognito().optional(),
  idp_scopes: scopes().default("openid"),
  idp_authorization_parameters: authorizationParameters.optional(),
  idp_authorization_url_max_length: integer(512, 65_536).optional(),
  idp_authorization_response_iss: oneOf(["required", "if_present", "off"]).optional(),
  idp_connect_timeout_ms: integer(250, 10_000).optional(),
  idp_timeout_ms: integer(250, 10_000).default(8000),
  signing_key_kid: text("the kid of a key in the JWK Set", (kid) => kid !== "").optional(),
  client_assertion_alg: oneOf(ALGORITHMS).optional(),
  client_assertion_audience: identifier("issuer, token_endpoint or the audience itself").optional(),
  client_assertion_typ: oneOf(["client-authentication+jwt", "JWT"]).optional(),
  client_assertion_lifetime_seconds: integer(10, 600).optional(),
  client_assertion_certificate_header: oneOf(["none", "x5t#S256", "x5c"]).optional(),
  jwks_max_age_seconds: integer(0, 86_400).optional(),
  secrets_max_age_seconds: integer(10, 3600).optional(),
};

/** The proxy itself. */
const proxy = {
  pkce: boolean().default(true),
  transaction_store: oneOf(["browser", "dynamodb"]).default("browser"),
  api_version: matching(
    /^(\$default|[A-Za-z0-9_-]{1,128})$/,
    "the API's stage: letters, digits, _ and -, or $default for none in the path",
  ).default("v1"),
  api_authn_route: route().default("/authorize"),
  api_callback_route: route().default("/callback"),
  api_token_route: route().default("/token"),
  jwks_route: route().optional(),
  api_domain_name: hostName("a host name in small letters such as sign-in.example.com").optional(),
  api_certificate_arn: certificateArn(
    "the ARN of an ACM certificate in the stack's Region",
  ).optional(),
  api_throttle_rate: integer(1, 10_000).default(50),
  api_throttle_burst: integer(1, 5_000).default(100),
  lambda_architecture: oneOf(["x86_64", "arm64"]).default("x86_64"),
  lambda_memory_mb: integer(128, 10_240).default(256),
  lambda_reserved_concurrency: integer(1, 1000).optional(),
  lambda_archive_dir: text("a directory with prebuilt archives", (dir) => dir !== "").optional(),
};

/** The user pool and who signs in through it. */
const userPool = {
  user_pool_id: matching(
    /^[a-z]{2}(-[a-z]+)+-\d_[A-Za-z0-9]+$/,
    "the id of a user pool such as eu-west-2_AbCdEfGhI",
  ).optional(),
  user_pool_domain: matching(
    /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/,
    "the existing pool's domain: its prefix, or its whole host name",
  ).optional(),
  cognito_domain_prefix: matching(
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    "up to 63 small letters, digits and -",
  ).optional(),
  cognito_domain_name: hostName("a host name in small letters such as auth.example.com").optional(),
  cognito_certificate_arn: certificateArn(
    "the ARN of an ACM certificate in us-east-1, where Cognito wants it",
    "us-east-1",
  ).optional(),
  attribute_mapping: z
    .record(
      text(
        "a standard attribute of Cognito's such as email, or custom: and up to 20 letters, digits and _",
        (name) => STANDARD_ATTRIBUTES.has(name) || /^custom:\w{1,20}$/.test(name),
      ),
      matching(/^\S+$/, "the claim of the IdP that fills the attribute"),
      { error: "an object of Cognito's attributes with the IdP's claims" },
    )
    .default({
      ...{ email: "email", email_verified: "email_verified", name: "name" },
      ...{ given_name: "given_name", family_name: "family_name" },
    }),
  userpool_allowed_callback_url: oneOrMore(redirectUri(), "one URL or a list of URLs"),
  userpool_allowed_logout_url: oneOrMore(redirectUri(), "one URL or a list of URLs").default([]),
  app_clients: z.array(appClient, { error: "a list of app clients" }).default([]),
  resource_servers: z.array(resourceServer, { error: "a list of resource servers" }).default([]),
  example_api: boolean().default(false),
  deletion_protection: boolean().optional(),
};

/** The stack as a whole. */
const stack = {
  stack_name: matching(
    /^[A-Za-z][A-Za-z0-9-]{0,127}$/,
    "letters, digits and -, starting with a letter",
  ).default("sign-in-proxy"),
  removal_policy: oneOf(["retain", "destroy"]).default("retain"),
  tags: z
    .record(
      matching(/^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+@-]{1,128}$/u, "a tag's key"),
      matching(/^[\p{L}\p{Z}\p{N}_.:/=+@-]{0,256}$/u, "a tag's value"),
      { error: "an object of tags" },
    )
    .default({}),
};

/** The whole context. */
export const schema = z.strictObject({
  ...identityProvider,
  ...proxy,
  ...observation,
  ...userPool,
  ...stack,
});

/** The settings of the Lambdas that aren't the operator's: the stack knows them. */
export const SET_BY_THE_STACK = [
  "cognito_redirect_uri",
  "proxy_callback_url",
  "transaction_secret_id",
  "transaction_table_name",
  "cognito_client_secret_id",
  "signing_key_secret_id",
  "jwks_secret_id",
];
