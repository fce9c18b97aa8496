// Sorts what the servers saw into trips, one for each sign-in, however many run at once. It keeps raw values, in memory
// only: whoever shows a trip goes through `view.mjs`, which masks them.
import { stepOf } from "./steps.mjs";

const TRIPS_KEPT = 50;

export function createRecorder() {
  const trips = [];
  const tripOfLink = new Map();

  function tripFor(links) {
    const known = links.map((link) => tripOfLink.get(link)).find(Boolean);
    if (known) return known;
    const trip = { hops: [], links: [] };
    trips.push(trip);
    if (trips.length > TRIPS_KEPT) for (const link of trips.shift().links) tripOfLink.delete(link);
    return trip;
  }

  return {
    trips,

    /** Takes an exchange that `party` answered, if it's a step of a sign-in. */
    record(party, exchange, extraLinks = []) {
      const step = stepOf(party, exchange.request.url.pathname);
      if (!step) return;
      const links = [...linksOf(exchange), ...extraLinks];
      if (links.length === 0) return;
      const trip = tripFor(links);
      for (const link of links) tripOfLink.set(link, trip);
      trip.links.push(...links);
      trip.hops.push({ step, to: party, ...exchange });
      trip.hops.sort((one, other) => one.startedAt - other.startedAt);
    },

    /** The trip that this value (a state, a code) was part of. */
    find: (link) => tripOfLink.get(link),
  };
}

/** The query of an exchange's URL, then its form: what it says, whichever way it says it. */
export function parametersOf({ request }) {
  return [...request.url.searchParams, ...new URLSearchParams(request.body.toString("utf8"))];
}

/** Where a redirect leads. */
export function locationOf({ request, reply }) {
  const location = reply.headers?.location;
  return location ? new URL(location, request.url) : undefined;
}

/** The JSON of a reply, or undefined. */
export function contentOf({ reply }) {
  try {
    return JSON.parse(reply.body);
  } catch {
    return undefined;
  }
}

/** Values that two exchanges share only if they belong to one sign-in. */
function linksOf(exchange) {
  const { request } = exchange;
  const location = locationOf(exchange);
  const parameters = [...parametersOf(exchange), ...(location?.searchParams ?? [])];
  const bearer = request.headers.authorization?.replace(/^Bearer /, "");
  return [
    ...parameters.filter(([name]) => name === "state" || name === "code").map(([, value]) => value),
    interactionOf(request.url),
    interactionOf(location),
    bearer,
    contentOf(exchange)?.access_token,
  ].filter(Boolean);
}

const interactionOf = (url) => url?.pathname.match(/\/(?:interaction|auth)\/([^/]+)$/)?.[1];
