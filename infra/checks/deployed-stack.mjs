// A deployment on loopback: the template's stack in moto, and the local stack's parties around it, wired by nothing
// but what the stack says of itself: its outputs, its provider, its functions' environments.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { Template } from "aws-cdk-lib/assertions";

import { startApp } from "../../tests/local-stack/app/server.mjs";
import { CREDENTIALS, REGION, startAws } from "../../tests/local-stack/aws.mjs";
import { startCognito } from "../../tests/local-stack/cognito/server.mjs";
import { openServer } from "../../tests/local-stack/http-server.mjs";
import { startIdp } from "../../tests/local-stack/idp/provider.mjs";
import { startLambdas } from "../../tests/local-stack/lambda/functions.mjs";
import { startGateway } from "../../tests/local-stack/lambda/gateway.mjs";
import { connectSecrets } from "../../tests/local-stack/secrets.mjs";
import { generateSigningKey } from "../../tests/local-stack/signing-key.mjs";
import { UserAgent } from "../../tests/local-stack/user-agent.mjs";
import { MINIMAL } from "../test/support/contexts.ts";
import { appOf } from "../test/support/synthesize.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TOOLS = join(ROOT, ".venv", "bin");
const MOTO_STACK = fileURLToPath(new URL("moto_stack.py", import.meta.url));
const BINARIES = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "debug");

const NAMES = {
  "GET /authorize": "authorize",
  "GET /callback": "callback",
  "POST /token": "token",
};

/**
 * Deploys a context's stack.
 *
 * @param context keys that differ from the smallest context
 * @returns what the deployment says of itself, its parties, `signIn` and `stop`
 */
export async function deployLocally(context = {}) {
  const started = [];
  const keep = (part) => {
    started.unshift(part);
    return part;
  };
  const stop = async () => {
    for (const part of started.splice(0)) await part.stop();
  };
  try {
    return { ...(await deploy(context, keep)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function deploy(context, keep) {
  const open = (name) => openServer({ name }).then(keep);
  const sockets = Object.fromEntries(
    await Promise.all(
      ["app", "cognito", "proxy", "idp", "aws"].map(async (name) => [name, await open(name)]),
    ),
  );
  const local = (name) => `http://${name}.localhost:${sockets[name].port}`;
  const backChannel = (name) => `http://127.0.0.1:${sockets[name].port}`;

  const aws = keep(await startAws({ python: join(TOOLS, "python"), socket: sockets.aws }));
  const appRedirectUri = `${local("app")}/callback`;
  const wholeContext = {
    ...MINIMAL,
    idp_issuer_url: backChannel("idp"),
    idp_scopes: "openid email profile",
    idp_authorization_response_iss: "required",
    cognito_domain_prefix: "local-sign-in",
    userpool_allowed_callback_url: appRedirectUri,
    ...context,
  };
  const stack = await createStack(aws.endpoint, wholeContext);
  const { outputs, provider, environments } = stack;
  const pkce = outputs.ApiGwCallbackEndpoint !== undefined;

  const idp = await startIdp({
    socket: sockets.idp,
    client: {
      clientId: provider.client_id,
      // What the outputs' descriptions tell an operator to register.
      redirectUri: pkce ? outputs.ApiGwCallbackEndpoint : outputs.CognitoIdpResponseUri,
      alg: "RS256",
    },
    assertion: { audience: backChannel("idp"), typ: "client-authentication+jwt" },
    requirePkce: pkce,
  });
  const secrets = connectSecrets(aws.endpoint);
  keep({ stop: () => secrets.close() });

  const lambdas = keep(
    await startLambdas({
      environments: Object.fromEntries(
        Object.entries(environments).map(([route, variables]) => [
          NAMES[route],
          { ...variables, ...lambdaOwnVariables(aws.endpoint) },
        ]),
      ),
      cargoLambda: join(TOOLS, "cargo-lambda"),
      workspace: ROOT,
      binDirectory: BINARIES,
    }),
  );
  const token = new URL(outputs.ApiGwTokenEndpoint);
  startGateway({
    socket: sockets.proxy,
    origin: token.origin,
    stage: token.pathname.split("/")[1],
    lambdas,
  });

  const cognitoOrigin = new URL(outputs.CognitoIdpResponseUri).origin;
  // On this machine the public names are other addresses; every path and query stays as it is.
  const toLocal = (url) =>
    String(url).replace(token.origin, local("proxy")).replace(cognitoOrigin, local("cognito"));

  const cognito = await startCognito({
    socket: sockets.cognito,
    origin: cognitoOrigin,
    app: { clientId: outputs.AppClientId, redirectUri: appRedirectUri },
    provider: {
      name: "StrictID",
      clientId: provider.client_id,
      clientSecret: provider.client_secret,
      scopes: provider.authorize_scopes.split(" "),
      issuer: provider.oidc_issuer,
      authorizationEndpoint: provider.authorize_url,
      tokenEndpoint: provider.token_url.replace(token.origin, backChannel("proxy")),
      jwksUri: provider.jwks_uri,
      userinfoEndpoint: provider.attributes_url,
      sendNonce: false,
    },
  });
  const app = startApp({
    socket: sockets.app,
    client: {
      clientId: outputs.AppClientId,
      redirectUri: appRedirectUri,
      scopes: ["openid", "email", "profile"],
      metadata: cognito.metadata,
      backChannelOrigin: backChannel("cognito"),
    },
    viewTripOf: () => undefined,
  });

  return {
    ...stack,
    context: wholeContext,
    idp,
    lambdas,
    cognitoIssuer: cognito.issuer,

    /** The operations that were called on items of a table, each once, sorted. */
    tableCalls: () =>
      [...new Set(aws.calls.map(({ operation }) => operation))]
        .filter((operation) => /^(Get|Put|Update|Delete)Item$|^(Query|Scan)$/.test(operation))
        .toSorted(),

    /** Where a public address is reached on this machine by a program that isn't a browser. */
    toBackChannel: (url) =>
      url
        .replace(token.origin, backChannel("proxy"))
        .replace(cognitoOrigin, backChannel("cognito")),

    /** What docs/deploy.md tells an operator to do after the first deployment. */
    async uploadSigningKey() {
      const { privateJwk, publicJwk } = await generateSigningKey("RS256");
      await secrets.put(outputs.SecretsManagerPrivateKeyName, JSON.stringify(privateJwk));
      idp.registerClientKeys([publicJwk]);
    },

    /** One sign-in by a browser of its own; the result is what the app made of it. */
    async signIn() {
      const userAgent = new UserAgent();
      const login = await follow(userAgent, toLocal, `${local("app")}/sign-in`);
      const answered = await userAgent.submit(
        login,
        { username: "ada", password: "engine", action: "login" },
        { until: () => true },
      );
      const final = await followFrom(userAgent, toLocal, answered);
      const outcome = app.outcomeAt(final.url);
      if (!outcome) throw new Error(`The sign-in stopped with ${final.status} at ${final.url}`);
      return outcome;
    },
  };
}

const follow = async (userAgent, toLocal, url) =>
  followFrom(userAgent, toLocal, await userAgent.open(toLocal(url), { until: () => true }));

async function followFrom(userAgent, toLocal, hop) {
  const { location } = hop.headers;
  return location ? follow(userAgent, toLocal, new URL(location, hop.url)) : hop;
}

/** What Lambda itself sets, and the endpoint that stands for AWS here. */
const lambdaOwnVariables = (endpoint) => ({
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  AWS_ENDPOINT_URL: endpoint,
});

async function createStack(endpoint, context) {
  const directory = mkdtempSync(join(tmpdir(), "template-"));
  try {
    const path = join(directory, "template.json");
    writeFileSync(path, JSON.stringify(Template.fromStack(appOf(context).stack).toJSON()));
    const options = ["--endpoint", endpoint, "--template", path];
    const { stdout } = await promisify(execFile)(join(TOOLS, "python"), [MOTO_STACK, ...options]);
    return JSON.parse(stdout);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
