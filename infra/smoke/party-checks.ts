// The two parties around the proxy: the IdP's discovery document and Cognito agree with the configuration.
import type { Configuration } from "../lib/configuration/read.ts";
import { type Call, type Check, expect, jsonOf } from "./check.ts";
import { type Deployment, outputOf } from "./deployment.ts";

const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

export function idpChecks({ configuration }: Deployment, call: Call): Check[] {
  const issuer = configuration.idpIssuerUrl;
  const document = once(async () =>
    jsonOf(await call(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`)),
  );
  const same = (field: string, expected: string): Check => ({
    name: `the IdP's ${field} is the configured one`,
    run: async () => {
      const published = (await document())[field];
      expect(published === expected, `configured ${expected}, published ${String(published)}`);
      return expected;
    },
  });
  const lists = (field: string, value: string): Check => ({
    name: `the IdP takes ${value}`,
    run: async () => {
      const published = (await document())[field];
      if (!Array.isArray(published)) return `${field} isn't published`;
      expect(published.includes(value), `${field} is ${published.join(", ")}`);
      return `in ${field}`;
    },
  });
  return [
    same("issuer", issuer),
    ...Object.entries(endpointsOf(configuration)).map(([field, url]) => same(field, url)),
    lists("token_endpoint_auth_methods_supported", "private_key_jwt"),
    ...(configuration.clientAssertionAlg === undefined
      ? []
      : [
          lists(
            "token_endpoint_auth_signing_alg_values_supported",
            configuration.clientAssertionAlg,
          ),
        ]),
    ...(configuration.pkce ? [lists("code_challenge_methods_supported", "S256")] : []),
    ...(configuration.pkce ? [issIsRequired(configuration, document)] : []),
  ];
}

/** RFC 9207: an IdP that promises `iss` must not be believed without it. */
function issIsRequired(
  configuration: Configuration,
  document: () => Promise<Record<string, unknown>>,
): Check {
  return {
    name: "iss is required where the IdP promises it",
    run: async () => {
      const promised =
        (await document())["authorization_response_iss_parameter_supported"] === true;
      const required = configuration.idpAuthorizationResponseIss === "required";
      expect(required || !promised, "set idp_authorization_response_iss to required");
      expect(promised || !required, "the IdP doesn't promise iss: set it to if_present");
      return promised ? "promised and required" : "not promised";
    },
  };
}

function endpointsOf(configuration: Configuration): Record<string, string> {
  const issuer = configuration.idpIssuerUrl.replace(/\/+$/, "");
  const at = (url: string | undefined, path: string | undefined) => url ?? `${issuer}${path ?? ""}`;
  return {
    authorization_endpoint: at(configuration.idpAuthorizationEndpoint, configuration.idpAuthPath),
    token_endpoint: at(configuration.idpTokenEndpoint, configuration.idpTokenPath),
    jwks_uri: at(configuration.idpJwksUri, configuration.idpKeysPath),
    userinfo_endpoint: at(configuration.idpUserinfoEndpoint, configuration.idpAttributesPath),
  };
}

export function cognitoChecks({ outputs, configuration }: Deployment, call: Call): Check[] {
  return [
    {
      name: "Cognito sends browsers to the right authorization endpoint",
      run: async () => {
        const url = new URL(outputOf(outputs, "SignInUrl"));
        url.searchParams.set("code_challenge", CHALLENGE);
        url.searchParams.set("code_challenge_method", "S256");
        const reply = await call(url.href);
        const location = reply.headers.get("location") ?? "";
        const withoutQuery = (address: string) => address.split("?")[0] ?? "";
        const expected = withoutQuery(
          configuration.pkce
            ? outputOf(outputs, "ApiGwAuthnEndpoint")
            : outputOf(outputs, "IdpAuthorizationEndpoint"),
        );
        const seen = location === "" ? String(reply.status) : withoutQuery(location);
        expect(seen === expected, `expected ${expected}, got ${seen}`);
        return expected;
      },
    },
    {
      name: "the user pool's issuer answers",
      run: async () => {
        const issuer = outputOf(outputs, "Issuer");
        const metadata = jsonOf(await call(`${issuer}/.well-known/openid-configuration`));
        expect(metadata["issuer"] === issuer, `it calls itself ${String(metadata["issuer"])}`);
        return issuer;
      },
    },
  ];
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
