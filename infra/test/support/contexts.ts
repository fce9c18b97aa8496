// The contexts that every check runs on: one variant for each way to deploy. No test may need one that isn't here
// for a whole-template check, so that a new way to deploy is checked by all of them.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

type Context = Readonly<Record<string, unknown>>;

/** Stand-ins for prebuilt archives: nothing is built, and the CDK doesn't look inside. */
export const ARCHIVES = mkdtempSync(join(tmpdir(), "archives-"));
for (const name of ["authorize", "callback", "token", "jwks", "example-api"]) {
  writeFileSync(join(ARCHIVES, `${name}.zip`), name);
}
process.once("exit", () => {
  rmSync(ARCHIVES, { recursive: true, force: true });
});

export const MINIMAL: Context = {
  idp_name: "StrictID",
  idp_issuer_url: "https://idp.example/realms/main",
  idp_client_id: "cognito-user-pool",
  idp_auth_path: "/auth",
  idp_token_path: "/token",
  idp_keys_path: "/jwks",
  idp_attributes_path: "/me",
  userpool_allowed_callback_url: "https://app.example/callback",
  lambda_archive_dir: ARCHIVES,
};

const CERTIFICATE_ID = "00000000-0000-4000-8000-000000000000";

const { idp_auth_path, idp_token_path, idp_keys_path, idp_attributes_path, ...WITHOUT_PATHS } =
  MINIMAL;

/** Every optional setting, and every endpoint as a whole URL instead of a path. */
const EVERY_SETTING: Context = {
  ...WITHOUT_PATHS,
  idp_authorization_endpoint: `https://login.example${String(idp_auth_path)}`,
  idp_token_endpoint: `https://login.example${String(idp_token_path)}`,
  idp_jwks_uri: `https://login.example${String(idp_keys_path)}`,
  idp_userinfo_endpoint: `https://login.example${String(idp_attributes_path)}`,
  idp_scopes: "openid email profile",
  idp_authorization_parameters: { acr_values: "level-2", vtr: ["P2"] },
  idp_authorization_url_max_length: 8192,
  idp_authorization_response_iss: "required",
  idp_connect_timeout_ms: 1000,
  idp_timeout_ms: 5000,
  signing_key_kid: "2026-11",
  client_assertion_alg: "PS256",
  client_assertion_audience: "token_endpoint",
  client_assertion_typ: "JWT",
  client_assertion_lifetime_seconds: 30,
  client_assertion_certificate_header: "x5t#S256",
  jwks_max_age_seconds: 60,
  secrets_max_age_seconds: 60,
  stack_name: "sign-in",
  cognito_domain_prefix: "example-sign-in",
  api_version: "$default",
  api_authn_route: "/a/authorize",
  api_callback_route: "/a/callback",
  api_token_route: "/a/token",
  jwks_route: "/jwks.json",
  api_throttle_rate: 10,
  api_throttle_burst: 20,
  lambda_architecture: "arm64",
  lambda_memory_mb: 512,
  lambda_reserved_concurrency: 5,
  log_retention_days: 30,
  xray: true,
  alarm_topic_arn: "arn:aws:sns:eu-west-2:123456789012:on-call",
  attribute_mapping: { email: "mail", "custom:department": "department" },
  removal_policy: "destroy",
  deletion_protection: false,
  tags: { team: "identity" },
};

export const CONTEXTS = {
  minimal: MINIMAL,
  "without-pkce": { ...MINIMAL, pkce: false },
  dynamodb: { ...MINIMAL, transaction_store: "dynamodb" },
  "existing-pool": {
    ...MINIMAL,
    user_pool_id: "eu-west-2_AbCdEfGhI",
    user_pool_domain: "auth.example.com",
  },
  "existing-pool-prefix": {
    ...MINIMAL,
    pkce: false,
    user_pool_id: "eu-west-2_AbCdEfGhI",
    user_pool_domain: "example-pool",
  },
  "custom-domains": {
    ...MINIMAL,
    api_domain_name: "sign-in.example.com",
    api_certificate_arn: `arn:aws:acm:eu-west-2:123456789012:certificate/${CERTIFICATE_ID}`,
    cognito_domain_name: "auth.example.com",
    cognito_certificate_arn: `arn:aws:acm:us-east-1:123456789012:certificate/${CERTIFICATE_ID}`,
  },
  "app-clients": {
    ...MINIMAL,
    userpool_allowed_callback_url: ["https://app.example/callback", "http://localhost:3000/"],
    userpool_allowed_logout_url: "https://app.example/",
    resource_servers: [{ identifier: "orders", scopes: { read: "Read orders" } }],
    app_clients: [
      { name: "spa", type: "public", callback_urls: ["https://spa.example/", "myapp://callback"] },
      {
        name: "dex",
        type: "confidential",
        callback_urls: "https://dex.example/callback",
        logout_urls: ["https://dex.example/"],
      },
      {
        name: "kong-plugin",
        type: "confidential",
        callback_urls: ["https://kong.example/"],
        scopes: ["openid", "orders/read"],
      },
      { name: "batch", type: "machine", scopes: ["orders/read"] },
    ],
    example_api: true,
  },
  "every-setting": EVERY_SETTING,
} as const satisfies Readonly<Record<string, Context>>;

export type ContextName = keyof typeof CONTEXTS;

export const CONTEXT_NAMES = Object.keys(CONTEXTS) as ContextName[];
