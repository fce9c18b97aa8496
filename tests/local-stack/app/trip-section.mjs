// The trip as a picture: one row for each hop, an arrow between two lanes, and under it what was said.
// It gets a view without secrets and adds none.
import { html } from "../html.mjs";
import { PARTIES } from "../trip/steps.mjs";

const LANES = Object.keys(PARTIES);
// The app lives where the browser does: it has no lane of its own.
const laneOf = (party) => (party === "app" ? "browser" : party);
const CHANGES = { added: "+ added", replaced: "↻ replaced", removed: "− removed", kept: "kept" };

export const tripSection = ({ hops, proxyMs, awsCalls }) => html`
<section class="trip" aria-labelledby="trip-title">
  <h2 id="trip-title">The trip, hop by hop</h2>
  <ul class="facts">
    <li><strong>${hops.length}</strong> hops</li>
    <li><strong>${milliseconds(proxyMs)}</strong> spent in the proxy</li>
    <li><strong>${awsCalls}</strong> calls to AWS</li>
  </ul>
  <p class="muted">Secrets are shown by their first characters and their length.</p>
  <ul class="legend" aria-label="What the colours mean">
    ${Object.entries(CHANGES).map(([change, words]) => html`<li class="tag ${change}">${words}</li>`)}
  </ul>
  <div class="lanes" aria-hidden="true">
    ${LANES.map((lane) => html`<span class="lane-name ${lane}">${PARTIES[lane]}</span>`)}
  </div>
  <ol class="hops">${hops.map(hopRow)}</ol>
</section>`;

function hopRow(hop) {
  const isProxys = hop.from === "proxy" || hop.to === "proxy";
  return html`
<li class="hop ${isProxys ? "ours" : ""}" id="hop-${hop.number}">
  <div class="track">${arrow(hop)}</div>
  <div class="card">
    <p class="who">${PARTIES[laneOf(hop.from)]} <span aria-hidden="true">→</span><span class="visually-hidden">to</span> ${PARTIES[laneOf(hop.to)]}</p>
    <h3><span class="number">${hop.number}</span><span>${hop.title}</span></h3>
    <p class="request"><code><b>${hop.method}</b> ${hop.address}</code>
      <span class="status">${hop.status}</span><span class="time">${milliseconds(hop.durationMs)}</span></p>
    <p class="muted">${hop.text}</p>
    ${hop.changes && changesTable(hop)}
    ${hop.assertion && assertionBox(hop.assertion)}
    ${wireDetails(hop)}
  </div>
</li>`;
}

function arrow({ from, to }) {
  const [start, end] = [from, to].map((party) => LANES.indexOf(laneOf(party)));
  const direction = start < end ? "right" : "left";
  const [left, right] = [Math.min(start, end), Math.max(start, end)];
  return html`${LANES.map((lane) => html`<span class="lane ${lane}"></span>`)}
    <span class="arrow ${direction} from-${left} to-${right}"></span>`;
}

const changesTable = ({ name, changes }) => html`
<table class="changes">
  <caption>${captionOf(name)}</caption>
  <thead><tr><th scope="col">Parameter</th><th scope="col">came in</th><th scope="col">went out</th></tr></thead>
  <tbody>
    ${changes.map(
      ({ name: parameter, change, before, after }) => html`
    <tr class="${change}">
      <th scope="row"><code>${parameter}</code> <span class="tag ${change}">${CHANGES[change]}</span></th>
      <td data-label="came in">${before === undefined ? html`<span class="none">nothing</span>` : html`<code>${before}</code>`}</td>
      <td data-label="went out">${after === undefined ? html`<span class="none">nothing</span>` : html`<code>${after}</code>`}</td>
    </tr>`,
    )}
  </tbody>
</table>`;

const captionOf = (name) =>
  name === "idp.token"
    ? "What Cognito asked the proxy, and what the proxy asked the identity provider"
    : "What came to the proxy, and what it sent the browser on with";

const assertionBox = ({ header, claims, signature }) => html`
<figure class="assertion">
  <figcaption>The client assertion, opened (RFC 7523)</figcaption>
  <div><p class="label">Header</p><pre>${JSON.stringify(header, null, 2)}</pre></div>
  <div><p class="label">Claims</p><pre>${JSON.stringify(claims, null, 2)}</pre></div>
  <div><p class="label">Signature</p><pre>${signature}</pre></div>
</figure>`;

const wireDetails = ({ parameters, headers, setCookies, answer }) => html`
<details class="wire">
  <summary>On the wire</summary>
  ${namedTable("Parameters", parameters)}
  ${namedTable("Headers", headers)}
  ${setCookies.length > 0 && html`<p class="label">Sets</p><ul class="cookies">${setCookies.map((line) => html`<li><code>${line}</code></li>`)}</ul>`}
  ${answer && namedTable("Answer", answer)}
</details>`;

const namedTable = (label, rows) =>
  rows.length > 0 &&
  html`<p class="label">${label}</p>
  <table class="pairs"><tbody>${rows.map(
    ({ name, text }) =>
      html`<tr><th scope="row"><code>${name}</code></th><td><code>${text}</code></td></tr>`,
  )}</tbody></table>`;

const milliseconds = (value) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
