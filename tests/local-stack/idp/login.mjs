// The login form: it takes a name and a password, or a "no", and tells oidc-provider which.
// Consent is not asked for: the provider and its one client trust each other.
import { html, page } from "../html.mjs";
import { readAll } from "../http-server.mjs";
import { accounts, authenticate } from "./accounts.mjs";

/** Answers `…/interaction/<uid>`: GET shows the form, POST settles it. */
export async function answerInteraction({ provider, basePath, incoming, outgoing }) {
  const { uid, params } = await provider.interactionDetails(incoming, outgoing);
  if (incoming.method !== "POST") {
    return write(outgoing, loginPage({ uid, basePath, clientId: params.client_id }));
  }

  const form = new URLSearchParams((await readAll(incoming)).toString("utf8"));
  if (form.get("action") === "cancel") {
    return provider.interactionFinished(incoming, outgoing, {
      error: "access_denied",
      error_description: "The user refused to sign in",
    });
  }
  const username = form.get("username") ?? "";
  const accountId = authenticate(username, form.get("password"));
  if (accountId === undefined) {
    const failed = { status: 401, message: "That name and password don’t belong together." };
    return write(
      outgoing,
      loginPage({ uid, basePath, clientId: params.client_id, username, ...failed }),
    );
  }
  return provider.interactionFinished(incoming, outgoing, {
    login: { accountId, remember: false },
  });
}

function loginPage({ uid, basePath, clientId, username = accounts[0].username, status, message }) {
  return page({
    status,
    title: "Sign in · Strict ID",
    stylesheetPath: `${basePath}/style.css`,
    className: "idp",
    body: html`
<main class="sheet">
  <p class="brand"><span class="mark" aria-hidden="true"></span>Strict ID</p>
  <h1>Sign in</h1>
  <p class="muted">to continue to <code>${clientId}</code></p>
  ${message && html`<p class="alert" role="alert">${message}</p>`}
  <form method="post" action="${basePath}/interaction/${uid}" autocomplete="off">
    <label>User name <input name="username" autocomplete="username" value="${username}" required autofocus></label>
    <label>Password
      <input name="password" type="password" autocomplete="current-password" value="${message ? "" : accounts[0].password}">
    </label>
    <div class="actions">
      <button class="primary" name="action" value="login">Sign in</button>
      <button class="quiet" name="action" value="cancel" formnovalidate>Cancel</button>
    </div>
  </form>
  <table class="hint">
    <caption>Anyone here can sign in</caption>
    <thead><tr><th>User name</th><th>Password</th></tr></thead>
    <tbody>
      ${accounts.map(
        (account) =>
          html`<tr><td><code>${account.username}</code></td><td><code>${account.password}</code></td></tr>`,
      )}
    </tbody>
  </table>
</main>`,
  });
}

function write(outgoing, { status, headers, body }) {
  outgoing.writeHead(status, headers).end(body);
}
