// The demo app's pages. They say what happened in words for somebody who has never read an RFC.
import { html, page } from "../html.mjs";
import { summarySection } from "./summary-section.mjs";
import { tripSection } from "./trip-section.mjs";

const CLAIMS_FIRST = ["name", "email", "email_verified", "cognito:username", "sub"];

export const startPage = () =>
  page({
    title: "Sign in · Demo app",
    className: "app start",
    body: html`
<main class="sheet wide">
  <p class="brand"><span class="mark" aria-hidden="true"></span>Demo app</p>
  <h1>Sign in with an identity provider that Amazon Cognito can’t talk to</h1>
  <p class="lead">
    The provider here insists on <strong>PKCE</strong> and <strong>private_key_jwt</strong>.
    Cognito offers neither. A small proxy between the two speaks both.
  </p>
  <p><a class="button primary" href="/sign-in">Sign in</a></p>
  <p class="muted">
    You’ll be sent through all four parties, and then shown each step: who called whom, with what,
    and what the proxy changed. Everything runs on this machine.
  </p>
</main>`,
  });

export const signedInPage = ({ claims }, trip) =>
  page({
    title: `${claims.name ?? claims.sub} · Demo app`,
    className: "app",
    body: html`
${banner()}
<main>
  <section class="hero">
    <div>
      <p class="eyebrow">Signed in</p>
      <h1>Hello, ${claims.name ?? claims.email ?? claims.sub}</h1>
      <p class="lead">
        An identity provider that Cognito can’t talk to vouched for you. Cognito believes it, and this
        app believes Cognito.
      </p>
    </div>
    ${claimsCard(claims)}
  </section>
  ${trip && summarySection(trip)}
  ${trip && tripSection(trip)}
</main>`,
  });

export const failedPage = ({ error, description }, trip) =>
  page({
    title: "Not signed in · Demo app",
    className: "app",
    body: html`
${banner()}
<main>
  <section class="hero failed">
    <div>
      <p class="eyebrow">Not signed in</p>
      <h1>${description ?? error}</h1>
      <p class="lead">Cognito told the app <code>${error}</code>. The steps so far are below.</p>
    </div>
  </section>
  ${trip && tripSection(trip)}
</main>`,
  });

export const missingPage = () =>
  page({
    status: 404,
    title: "Nothing here · Demo app",
    className: "app start",
    body: html`
<main class="sheet">
  <p class="brand"><span class="mark" aria-hidden="true"></span>Demo app</p>
  <h1>There is no such sign-in</h1>
  <p class="muted">It may have been another browser’s, or the demo was started anew since.</p>
  <p><a class="button primary" href="/">Start</a></p>
</main>`,
  });

const banner = () => html`
<header class="bar">
  <p class="brand"><span class="mark" aria-hidden="true"></span>Demo app</p>
  <a class="button quiet" href="/sign-in">Sign in again</a>
</header>`;

function claimsCard(claims) {
  const first = CLAIMS_FIRST.filter((name) => name in claims);
  const others = Object.keys(claims).filter((name) => !first.includes(name));
  return html`
<section class="claims" aria-labelledby="claims-title">
  <h2 id="claims-title">What the app knows</h2>
  ${claimsTable(claims, first)}
  <details>
    <summary>The other ${others.length} claims in Cognito’s ID token</summary>
    ${claimsTable(claims, others)}
  </details>
</section>`;
}

const claimsTable = (claims, names) => html`
<table>
  <tbody>
    ${names.map(
      (name) => html`<tr><th scope="row">${name}</th><td>${textOf(claims[name])}</td></tr>`,
    )}
  </tbody>
</table>`;

const textOf = (value) => (typeof value === "string" ? value : JSON.stringify(value));
