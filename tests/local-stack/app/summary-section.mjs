// The trip in one table, for somebody with half a minute: what Cognito does, what the provider demands, who bridges it.
// Its figures come from the trip itself.
import { html } from "../html.mjs";

export function summarySection({ hops }) {
  const rows = [pkceRow, stateRow, clientRow, issuerRow].map((row) => row(hops)).filter(Boolean);
  return html`
<section class="summary" aria-labelledby="summary-title">
  <h2 id="summary-title">What stood between them, and what the proxy did about it</h2>
  <table>
    <thead>
      <tr><td></td><th scope="col">Cognito</th><th scope="col">This identity provider</th><th scope="col" class="ours">The proxy</th></tr>
    </thead>
    <tbody>
      ${rows.map(
        ([topic, cognito, idp, proxy]) => html`
      <tr>
        <th scope="row">${topic}</th>
        <td data-label="Cognito">${cognito}</td>
        <td data-label="Identity provider">${idp}</td>
        <td data-label="The proxy" class="ours">${proxy}</td>
      </tr>`,
      )}
    </tbody>
  </table>
</section>`;
}

const changeAt = (hops, step, parameter) =>
  hops.find(({ name }) => name === step)?.changes?.find(({ name }) => name === parameter);

const lengthOf = (text) => text.match(/\((\d+) characters\)$/)?.[1] ?? String(text.length);

function pkceRow(hops) {
  if (!changeAt(hops, "proxy.authorize", "code_challenge")) return undefined;
  return [
    "Proof key (PKCE)",
    "sends none",
    "refuses a request without S256",
    "makes a fresh one for each sign-in, and keeps it in a sealed cookie",
  ];
}

function stateRow(hops) {
  const change = changeAt(hops, "proxy.authorize", "state");
  if (!change) return undefined;
  return [
    "State",
    `${lengthOf(change.before)} characters that name the pool and the app`,
    "sees a random handle",
    `${lengthOf(change.after)} characters on the way out, Cognito’s own on the way back`,
  ];
}

function clientRow(hops) {
  const { assertion } = hops.find(({ name }) => name === "idp.token") ?? {};
  if (!assertion) return undefined;
  const { header, claims } = assertion;
  return [
    "Who is the client?",
    "a shared secret in the form",
    "private_key_jwt only, each used once",
    `checks the secret, then signs an assertion with ${header.alg}, good for ${claims.exp - claims.iat} seconds`,
  ];
}

function issuerRow(hops) {
  if (!changeAt(hops, "proxy.callback", "iss")) return undefined;
  return [
    "Who answered?",
    "does not look",
    "says so in iss",
    "compares it, and lets no other provider’s code through (RFC 9207)",
  ];
}
