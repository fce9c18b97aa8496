// The proxy's endpoints from outside: what isn't Cognito's is refused, what is goes on. No secret is needed for it.
import { randomBytes } from "node:crypto";

import { type Call, type Check, type Reply, expect, jsonOf } from "./check.ts";
import { type Deployment, outputOf } from "./deployment.ts";

const random = () => randomBytes(32).toString("hex");

export function proxyChecks({ outputs, configuration }: Deployment, call: Call): Check[] {
  const clientId = configuration.idpClientId;
  const cognitoRedirectUri = outputOf(outputs, "CognitoIdpResponseUri");
  const token = tokenChecks({
    endpoint: outputOf(outputs, "ApiGwTokenEndpoint"),
    clientId,
    cognitoRedirectUri,
    call,
  });
  const jwks = outputs["ApiGwJwksEndpoint"];
  const always = [...token, ...(jwks === undefined ? [] : [publicKeys(jwks, call)])];
  if (!configuration.pkce) return always;
  const endpoint = outputOf(outputs, "ApiGwAuthnEndpoint");
  const callback = outputOf(outputs, "ApiGwCallbackEndpoint");
  return [
    ...authorizeChecks({ endpoint, callback, clientId, cognitoRedirectUri, call }),
    ...callbackChecks(callback, call),
    ...always,
  ];
}

interface TokenContext {
  readonly endpoint: string;
  readonly clientId: string;
  readonly cognitoRedirectUri: string;
  readonly call: Call;
}

function tokenChecks({ endpoint, clientId, cognitoRedirectUri, call }: TokenContext): Check[] {
  const post = (credentials: Readonly<Record<string, string>>) =>
    call(endpoint, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "authorization_code",
        redirect_uri: cognitoRedirectUri,
        code: random(),
        ...credentials,
      }),
    });
  const refused = (reply: Reply) => {
    const { error } = jsonOf(reply);
    const seen = `${reply.status} ${String(error)}`;
    expect(
      reply.status === 401 && error === "invalid_client",
      `expected 401 invalid_client, got ${seen}`,
    );
    expectNoStore(reply);
    return seen;
  };
  return [
    {
      name: "/token refuses a wrong client secret",
      run: async () => refused(await post({ client_id: clientId, client_secret: random() })),
    },
    {
      name: "/token refuses a wrong client",
      run: async () => refused(await post({ client_id: random(), client_secret: random() })),
    },
    {
      name: "/token refuses a request without credentials",
      run: async () => refused(await post({})),
    },
    {
      name: "/token answers to POST only",
      run: async () => {
        const { status } = await call(endpoint);
        expect(status === 404 || status === 405, `expected 404 or 405, got ${status}`);
        return String(status);
      },
    },
  ];
}

interface AuthorizeContext extends TokenContext {
  readonly callback: string;
}

function authorizeChecks(context: AuthorizeContext): Check[] {
  const { endpoint, callback, clientId, cognitoRedirectUri, call } = context;
  const state = random();
  const good = {
    client_id: clientId,
    redirect_uri: cognitoRedirectUri,
    response_type: "code",
    scope: "openid",
    state,
  };
  const get = (change: Readonly<Record<string, string>> = {}) =>
    call(`${endpoint}?${new URLSearchParams({ ...good, ...change }).toString()}`);
  return [
    {
      name: "/authorize refuses another client, without a redirect",
      run: async () => refusedByPage(await get({ client_id: random() })),
    },
    {
      name: "/authorize refuses another redirect URI, without a redirect",
      run: async () => refusedByPage(await get({ redirect_uri: "https://attacker.example/" })),
    },
    {
      name: "/authorize sends Cognito's request on to the IdP, with PKCE and a state of its own",
      run: async () => {
        const reply = await get();
        const location = reply.headers.get("location") ?? "";
        expect(reply.status === 302, `expected 302, got ${reply.status}; see the function's log`);
        expect(
          !location.startsWith(cognitoRedirectUri),
          "sent back to Cognito; see the function's log",
        );
        const { origin, pathname, searchParams } = new URL(location);
        expect(searchParams.get("code_challenge_method") === "S256", "no code_challenge of S256");
        expect(
          searchParams.get("redirect_uri") === callback,
          "redirect_uri isn't the proxy's /callback",
        );
        expect(
          /^[0-9a-f]{64}$/.test(searchParams.get("state") ?? ""),
          "state isn't the proxy's own",
        );
        expect(!location.includes(state), "Cognito's state shows in the IdP's URL");
        const cookie = reply.headers.getSetCookie().find((line) => line.startsWith("__Host-tx-"));
        expect(cookie !== undefined, "no cookie for the transaction");
        for (const attribute of ["Secure", "HttpOnly", "SameSite=Lax"]) {
          expect(cookie.includes(attribute), `the cookie isn't ${attribute}`);
        }
        return `302 to ${origin}${pathname}`;
      },
    },
  ];
}

function callbackChecks(endpoint: string, call: Call): Check[] {
  const forged = new URLSearchParams({ state: random(), code: random() });
  return [
    {
      name: "/callback refuses a forged answer, without a redirect",
      run: async () => refusedByPage(await call(`${endpoint}?${forged.toString()}`)),
    },
    {
      name: "/callback refuses an answer without state, without a redirect",
      run: async () => refusedByPage(await call(`${endpoint}?code=${random()}`)),
    },
  ];
}

function publicKeys(endpoint: string, call: Call): Check {
  return {
    name: "/jwks.json publishes public keys",
    run: async () => {
      const reply = await call(endpoint);
      const { keys } = jsonOf(reply);
      expect(reply.status === 200 && Array.isArray(keys), `expected keys, got ${reply.status}`);
      const secret = keys.some((key: object) =>
        ["d", "p", "q", "dp", "dq", "qi", "k"].some((member) => member in key),
      );
      expect(!secret, "a private member is published: replace the keys now");
      return `${keys.length} of them`;
    },
  };
}

function refusedByPage(reply: Reply): string {
  expect(reply.status === 400, `expected 400, got ${reply.status}`);
  expect(!reply.headers.has("location"), "a Location header came with the refusal");
  expectNoStore(reply);
  return "400";
}

function expectNoStore(reply: Reply): void {
  const cacheControl = reply.headers.get("cache-control") ?? "";
  expect(cacheControl.includes("no-store"), "the answer may be cached: no Cache-Control: no-store");
}
