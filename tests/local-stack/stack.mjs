// Puts the whole stack together on loopback, for the demo and for tests: identity provider, AWS, the built Lambdas
// behind API Gateway and the Runtime API, Cognito, and an app. It owns starting and stopping, no part's behaviour.
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { startApp } from "./app/server.mjs";
import { startAws } from "./aws.mjs";
import { startCognito } from "./cognito/server.mjs";
import { openServer } from "./http-server.mjs";
import { startIdp } from "./idp/provider.mjs";
import { SECRETS, lambdaEnvironments } from "./lambda/environment.mjs";
import { startLambdas } from "./lambda/functions.mjs";
import { startGateway } from "./lambda/gateway.mjs";
import { connectSecrets } from "./secrets.mjs";
import { generateSigningKey } from "./signing-key.mjs";
import { shownPath } from "./trip/mask.mjs";
import { createTransactionTable } from "./transaction-table.mjs";
import { createRecorder } from "./trip/recorder.mjs";
import { viewTrip } from "./trip/view.mjs";
import { UserAgent } from "./user-agent.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const IDP_CLIENT_ID = "cognito-user-pool";
const APP_CLIENT_ID = "6ab3k0v9t5m2x8c1q7w4e0r5y9";
const SCOPES = ["openid", "email", "profile"];
const LAMBDAS = ["authorize", "callback", "token", "jwks"];
const PROVIDER_NAME = "StrictID";

/**
 * Starts everything; a part that can't start becomes one clear `Error`, after the others were stopped.
 *
 * @param options.pkce whether the proxy is in the browser's way too, or only at `/token`
 * @param options.store where the proxy keeps a sign-in under way: `browser` or `dynamodb`
 * @param options.alg what client assertions are signed with: RS256, PS256, ES256, EdDSA, …
 * @param options.cognitoNonce whether Cognito sends a nonce of its own
 * @param options.audience `issuer`, `token_endpoint`, or the audience itself: the proxy's setting, and what the
 *   identity provider then insists on
 * @param options.issuerPath a path of the issuer's own, such as "/realms/demo"
 * @param options.jwks whether the proxy publishes its keys at /jwks.json, and the identity provider fetches them there
 * @param options.stage API Gateway's stage; `$default` leaves it out of the path
 * @param options.ports by name (app, cognito, proxy, idp, aws, runtime); one left out is taken from the free ones
 * @param options.binDirectory where the built Lambdas lie
 * @param options.onEnd hears a sentence if a part ends that should have gone on
 * @param options.environment more or other variables for the Lambdas: `{ all, authorize, callback, token, jwks }`
 */
export async function startStack({
  pkce = true,
  store = "browser",
  alg = "RS256",
  cognitoNonce = false,
  audience = "issuer",
  issuerPath = "",
  jwks = false,
  stage = "prod",
  ports = {},
  environment = {},
  onEnd,
  binDirectory = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "debug"),
} = {}) {
  const started = [];
  const keep = (part) => {
    started.push(part);
    return part;
  };
  const stop = async () => {
    for (const part of started.reverse()) await part.stop();
    started.length = 0;
  };

  try {
    return Object.assign(await start(), { stop });
  } catch (error) {
    await stop();
    throw error;
  }

  async function start() {
    const tools = findTools(binDirectory);
    const open = (name, title) => openServer({ name: title, port: ports[name] }).then(keep);
    const sockets = {
      app: await open("app", "the demo app"),
      cognito: await open("cognito", "the Cognito stand-in"),
      proxy: await open("proxy", "the proxy's API Gateway"),
      idp: await open("idp", "the identity provider"),
      aws: await open("aws", "AWS"),
    };
    const backChannel = (name) => `http://127.0.0.1:${sockets[name].port}`;
    // Each party has a site of its own, as in real life, so that cookies and SameSite are put to the test. The proxy's
    // Lambdas call the identity provider by name, and not every system resolves names below `localhost`.
    const origins = {
      app: `http://app.localhost:${sockets.app.port}`,
      cognito: `http://cognito.localhost:${sockets.cognito.port}`,
      proxy: `http://proxy.localhost:${sockets.proxy.port}`,
      idp: backChannel("idp"),
    };
    const stagePath = stage === "$default" ? "" : `/${stage}`;
    const cognitoRedirectUri = `${origins.cognito}/oauth2/idpresponse`;
    const proxyCallbackUrl = `${origins.proxy}${stagePath}/callback`;
    const appRedirectUri = `${origins.app}/callback`;

    const recorder = createRecorder();
    const recordAt = (party) => (exchange) => recorder.record(party, exchange);

    const idp = await startIdp({
      socket: sockets.idp,
      path: issuerPath,
      client: {
        clientId: IDP_CLIENT_ID,
        redirectUri: pkce ? proxyCallbackUrl : cognitoRedirectUri,
        alg,
        jwksUri: jwks ? `${backChannel("proxy")}${stagePath}/jwks.json` : undefined,
      },
      assertion: assertionRules({ audience, issuer: `${origins.idp}${issuerPath}` }),
      requirePkce: pkce,
      onExchange: recordAt("idp"),
    });

    const aws = keep(await startAws({ python: tools.python, socket: sockets.aws, onEnd }));
    const secrets = connectSecrets(aws.endpoint);
    keep({ stop: () => secrets.close() });
    const cognitoClientSecret = randomBytes(32).toString("base64url");
    if (store === "dynamodb") await createTransactionTable(aws.endpoint);
    else await secrets.put(SECRETS.transaction, randomBytes(48).toString("base64url"));
    await secrets.put(SECRETS.cognitoClient, cognitoClientSecret);

    let signingKey;
    /** Gives the proxy a new key; `publish` says which public keys the identity provider then knows. */
    async function rotateSigningKey({ publish = (current) => [current.publicJwk] } = {}) {
      const previous = signingKey;
      signingKey = await generateSigningKey(alg);
      await secrets.put(SECRETS.signingKey, JSON.stringify(signingKey.privateJwk));
      const publicKeys = publish(signingKey, previous);
      if (jwks) await secrets.put(SECRETS.jwks, JSON.stringify({ keys: publicKeys }));
      else idp.registerClientKeys(publicKeys);
      return signingKey;
    }
    await rotateSigningKey();

    const environments = lambdaEnvironments({
      awsEndpoint: aws.endpoint,
      idp,
      clientId: IDP_CLIENT_ID,
      scopes: SCOPES,
      pkce,
      store,
      jwks,
      audience,
      cognitoRedirectUri,
      proxyCallbackUrl,
      overrides: environment,
    });
    const lambdas = keep(
      await startLambdas({
        environments,
        cargoLambda: tools.cargoLambda,
        workspace: ROOT,
        binDirectory,
        port: ports.runtime,
        onEnd,
      }),
    );
    startGateway({
      socket: sockets.proxy,
      origin: origins.proxy,
      stage,
      lambdas,
      onExchange: recordAt("proxy"),
    });

    const jwksUri = `${idp.issuer}${idp.paths.jwks}`;
    const cognito = await startCognito({
      socket: sockets.cognito,
      origin: origins.cognito,
      app: { clientId: APP_CLIENT_ID, redirectUri: appRedirectUri },
      provider: {
        name: PROVIDER_NAME,
        clientId: IDP_CLIENT_ID,
        clientSecret: cognitoClientSecret,
        scopes: SCOPES,
        issuer: idp.issuer,
        authorizationEndpoint: pkce
          ? `${origins.proxy}${stagePath}/authorize`
          : `${idp.issuer}${idp.paths.authorization}`,
        tokenEndpoint: `${backChannel("proxy")}${stagePath}/token`,
        jwksUri,
        userinfoEndpoint: `${idp.issuer}${idp.paths.userinfo}`,
        sendNonce: cognitoNonce,
      },
      onExchange: recordAt("cognito"),
      // Nothing in a request for keys says which sign-in it's for; Cognito's side of it knows.
      onBackendCall: (call, state) => {
        if (call.request.url.href === jwksUri) recorder.record("idp", call, [state]);
      },
    });

    const viewTripOf = (link) => {
      const trip = recorder.find(link);
      return trip && viewTrip(trip, { awsCalls: aws.calls });
    };
    const app = startApp({
      socket: sockets.app,
      client: {
        clientId: APP_CLIENT_ID,
        redirectUri: appRedirectUri,
        scopes: SCOPES,
        metadata: cognito.metadata,
        backChannelOrigin: backChannel("cognito"),
      },
      viewTripOf,
      onExchange: recordAt("app"),
    });

    /** What the app's last page is about: `claims`, or `error` and `description`; the `trip`, masked; the raw `hops`. */
    function outcomeOf(page) {
      const outcome = app.outcomeAt(page.url);
      if (!outcome) throw new Error(`The sign-in stopped at ${describePage(page)}`);
      const { state, ...rest } = outcome;
      return { ...rest, trip: viewTripOf(state), hops: recorder.find(state).hops, page };
    }

    return {
      origins,
      idp,
      aws,
      secrets,
      lambdas,
      environments,
      recorder,
      cognitoClientSecret,
      rotateSigningKey,
      get signingKey() {
        return signingKey;
      },

      outcomeOf,

      /**
       * One whole sign-in by a user agent of its own, or the one given. `credentials` go into the login form; without
       * a username it is cancelled.
       */
      async signIn(
        { username, password } = { username: "ada", password: "engine" },
        userAgent = new UserAgent(),
      ) {
        const form = await userAgent.open(`${origins.app}/sign-in`);
        const action = username ? "login" : "cancel";
        const page =
          form.status === 200 ? await userAgent.submit(form, { username, password, action }) : form;
        return { ...outcomeOf(page), userAgent };
      },
    };
  }
}

function findTools(binDirectory) {
  const tools = {
    python: join(ROOT, ".venv", "bin", "python"),
    cargoLambda: join(ROOT, ".venv", "bin", "cargo-lambda"),
  };
  if (!Object.values(tools).every(existsSync)) {
    throw new Error("The tools aren't installed: run ./scripts/setup.");
  }
  if (!LAMBDAS.every((name) => existsSync(join(binDirectory, name)))) {
    const packages = LAMBDAS.map((name) => `-p ${name}`).join(" ");
    throw new Error(`The Lambdas aren't built: run cargo build ${packages}.`);
  }
  return tools;
}

/** What the identity provider insists on follows from the audience: RFC 7523bis ties the new `typ` to the issuer. */
function assertionRules({ audience, issuer }) {
  if (audience === "issuer") return { audience: issuer, typ: "client-authentication+jwt" };
  return { audience: audience === "token_endpoint" ? `${issuer}/token` : audience, typ: "JWT" };
}

function describePage({ url, status, body }) {
  const { host, pathname } = new URL(url);
  const words = body.match(/<h1>(.*?)<\/h1>/)?.[1] ?? body.slice(0, 200);
  return `${host}${shownPath(pathname)} with ${status}: ${words}`;
}
