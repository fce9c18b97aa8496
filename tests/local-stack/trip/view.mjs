// A trip as it may be shown: the hops in order, values masked, and at each of the proxy's hops what it changed.
// Nothing that leaves this file holds a secret.
import { changesBetween } from "./changes.mjs";
import { masked, openedJwt, shown, shownCookie, shownPath } from "./mask.mjs";
import { contentOf, locationOf, parametersOf } from "./recorder.mjs";

/** @param awsCalls all calls to AWS so far; those made during the trip are counted */
export function viewTrip({ hops }, { awsCalls }) {
  const [first, last] = [hops[0], hops.at(-1)];
  const duringTrip = ({ at }) => first.startedAt <= at && at <= last.startedAt + last.durationMs;
  return {
    hops: mergeLogin(hops).map((hop, index) => ({ number: index + 1, ...viewHop(hop, hops) })),
    awsCalls: awsCalls.filter(duringTrip).length,
    proxyMs: proxyTime(hops),
  };
}

function viewHop(hop, hops) {
  const { step, to, request, reply, durationMs } = hop;
  const parameters = parametersOf(hop);
  const content = contentOf(hop);
  const assertion = new Map(parameters).get("client_assertion");
  return {
    name: step.name,
    from: step.from,
    to,
    ...wordsFor(step, parameters),
    method: request.method,
    address: `${request.url.host}${shownPath(request.url.pathname)}`,
    status: reply.status,
    durationMs,
    parameters: parameters.map(([name, value]) => ({ name, text: shown(name, value) })),
    headers: viewHeaders(request),
    setCookies: (reply.cookies ?? []).map(shownCookie),
    answer: content && viewContent(content),
    changes: changesAt(hop, hops)?.map(viewChange),
    assertion: assertion && openedJwt(assertion),
  };
}

function wordsFor({ title, text, onError }, parameters) {
  const failed = onError && parameters.some(([name]) => name === "error");
  return failed ? onError : { title, text };
}

/** At a redirect the proxy's answer is its request to the next party; at `/token` it makes one of its own. */
function changesAt(hop, hops) {
  const name = hop.step.name;
  if (name === "idp.token") {
    const asked = hops.find(({ step }) => step.name === "proxy.token");
    return asked && changesBetween(parametersOf(asked), parametersOf(hop));
  }
  const location = locationOf(hop);
  if ((name !== "proxy.authorize" && name !== "proxy.callback") || !location) return undefined;
  return changesBetween(parametersOf(hop), [...location.searchParams]);
}

const viewChange = ({ name, change, before, after }) => ({
  name,
  change,
  before: before === undefined ? undefined : shown(name, before),
  after: after === undefined ? undefined : shown(name, after),
});

/** The headers that say something: who calls, how it's encoded, what it authenticates with. */
function viewHeaders({ headers, cookies }) {
  const told = ["user-agent", "content-type", "accept"]
    .filter((name) => headers[name])
    .map((name) => ({ name, text: headers[name] }));
  const bearer = headers.authorization;
  if (bearer) told.push({ name: "authorization", text: `Bearer ${masked(bearer.slice(7))}` });
  for (const [name, value] of cookies) told.push({ name: `cookie ${name}`, text: masked(value) });
  return told;
}

const viewContent = (content) =>
  Object.entries(content).map(([name, value]) => ({ name, text: shown(name, value) }));

/** Form, submission and the way back are one step for a reader: the user signs in. */
function mergeLogin(hops) {
  const isLogin = ({ step }) => step.name === "idp.login";
  const login = hops.filter(isLogin);
  return hops
    .filter((hop) => !isLogin(hop) || hop === login[0])
    .map((hop) =>
      isLogin(hop)
        ? { ...hop, durationMs: login.reduce((sum, { durationMs }) => sum + durationMs, 0) }
        : hop,
    );
}

/** What the sign-in took longer for the proxy: its own time, without that of the calls it waited for. */
function proxyTime(hops) {
  return hops
    .filter(({ step, to }) => to === "proxy" || step.from === "proxy")
    .reduce((sum, { to, durationMs }) => sum + (to === "proxy" ? durationMs : -durationMs), 0);
}
