// The demo app: a page with a sign-in button, and a page with who signed in and how that went.
// It must not look into the other parties, only show what the recorder saw of them.
import { randomUUID } from "node:crypto";

import { styleReply } from "../html.mjs";
import { answer, redirect } from "../http-server.mjs";
import { failedPage, missingPage, signedInPage, startPage } from "./pages.mjs";
import { createRelyingParty } from "./relying-party.mjs";

const BROWSER_COOKIE = "__Host-app";

/**
 * @param client `{ clientId, redirectUri, scopes, metadata, backChannelOrigin }` of the app at Cognito
 * @param viewTripOf gives the trip, ready to be shown, that the app's `state` was part of
 */
export function startApp({ socket, client, viewTripOf, onExchange }) {
  const relyingParty = createRelyingParty(client);
  const { origin } = new URL(client.redirectUri);
  const pendingSignIns = new Map();
  const outcomes = new Map();

  async function signIn({ cookies }) {
    const browser = cookies.get(BROWSER_COOKIE) ?? randomUUID();
    const { pending, location } = await relyingParty.begin();
    pendingSignIns.set(pending.state, { ...pending, browser });
    return redirect(location, {
      cookies: [`${BROWSER_COOKIE}=${browser}; Path=/; Secure; HttpOnly; SameSite=Lax`],
    });
  }

  async function callback({ url: { searchParams: query }, cookies }) {
    const pending = pendingSignIns.get(query.get("state"));
    if (!pending || pending.browser !== cookies.get(BROWSER_COOKIE)) return missingPage();
    pendingSignIns.delete(pending.state);
    const id = randomUUID();
    const { state, browser } = pending;
    outcomes.set(id, { state, browser, ...(await outcomeOf(query, pending)) });
    // Away from the address with the code, so that a reload shows the page again instead of redeeming twice.
    return redirect(`/sign-ins/${id}`, { status: 303 });
  }

  async function outcomeOf(query, pending) {
    try {
      return { claims: await relyingParty.finish(query, pending) };
    } catch (error) {
      const from = query.has("error") ? Object.fromEntries(query) : {};
      return {
        error: from.error ?? error.code ?? "server_error",
        description: from.error_description ?? error.message,
      };
    }
  }

  function showSignIn({ url: { pathname }, cookies }) {
    const outcome = outcomes.get(pathname.slice("/sign-ins/".length));
    if (!outcome || outcome.browser !== cookies.get(BROWSER_COOKIE)) return missingPage();
    const trip = viewTripOf(outcome.state);
    return outcome.claims ? signedInPage(outcome, trip) : failedPage(outcome, trip);
  }

  answer(socket, {
    onExchange,
    routes: {
      // Cookies belong to a host: who came by another name goes to the one that the sign-in ends at.
      "GET /": ({ url }) => (url.origin === origin ? startPage() : redirect(`${origin}/`)),
      "GET /sign-in": signIn,
      "GET /callback": callback,
      "GET /style.css": styleReply,
    },
    fallback: (request) =>
      request.method === "GET" && request.url.pathname.startsWith("/sign-ins/")
        ? showSignIn(request)
        : missingPage(),
  });

  return {
    /** How the sign-in went whose page is at this address: `{ state, claims }` or `{ state, error, description }`. */
    outcomeAt: (url) => outcomes.get(new URL(url).pathname.split("/").pop()),
  };
}
