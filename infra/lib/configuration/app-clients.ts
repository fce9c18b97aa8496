// The app clients and resource servers that an operator may list: what usually sits behind a user pool.
// How each becomes a Cognito app client is the business of lib/app-clients.ts.
import { z } from "zod";

import { matching, oneOf, oneOrMore, redirectUri } from "./values.ts";

const name = matching(
  /^[A-Za-z][A-Za-z0-9-]{0,62}$/,
  "a name of letters, digits and -, starting with a letter",
);

const callbackUrls = oneOrMore(redirectUri(), "one URL or a list of URLs").optional();

const scope = matching(
  /^(openid|profile|email|phone|aws\.cognito\.signin\.user\.admin|[\x21\x23-\x2e\x30-\x5b\x5d-\x7e][\x21\x23-\x5b\x5d-\x7e]*\/[\x21\x23-\x2e\x30-\x5b\x5d-\x7e]+)$/,
  "openid, profile, email, phone, aws.cognito.signin.user.admin, or a scope of a resource server as identifier/scope",
);

/** One entry of `app_clients`. */
export const appClient = z
  .strictObject(
    {
      name,
      type: oneOf(["public", "confidential", "machine"]),
      callback_urls: callbackUrls,
      logout_urls: callbackUrls,
      scopes: z
        .array(scope, { error: "a list of scopes" })
        .min(1, { error: "at least one scope" })
        .optional(),
    },
    { error: "an object with name, type and what the type needs" },
  )
  .superRefine((client, context) => {
    const problem = (key: string, message: string) => {
      context.addIssue({ code: "custom", path: [key], message });
    };
    if (client.type === "machine") {
      if (client.callback_urls) problem("callback_urls", "none: a machine client has no browser");
      if (client.logout_urls) problem("logout_urls", "none: a machine client has no browser");
      const custom = client.scopes?.length && client.scopes.every((item) => item.includes("/"));
      if (!custom) problem("scopes", "custom scopes only, as in resource_servers: orders/read");
    } else if (!client.callback_urls) {
      problem("callback_urls", "at least one URL that Cognito may send the browser back to");
    }
  });

/** One entry of `resource_servers`. */
export const resourceServer = z.strictObject(
  {
    identifier: matching(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/, "an identifier without spaces"),
    scopes: z
      .record(
        matching(
          /^[\x21\x23-\x2e\x30-\x5b\x5d-\x7e]{1,256}$/,
          "a scope's name without / or spaces",
        ),
        matching(/^.{1,256}$/, "the scope's description"),
        { error: "an object of scope names with their descriptions" },
      )
      .refine((scopes) => Object.keys(scopes).length > 0, { error: "at least one scope" }),
  },
  { error: "an object with identifier and scopes" },
);
