// The steps of a sign-in: which request is which, who makes it, and what to tell a reader about it, also if it brings
// an error instead.
// It must not look at values.

export const PARTIES = {
  browser: "Browser & app",
  cognito: "Amazon Cognito",
  proxy: "The proxy",
  idp: "Identity provider",
};

const STEPS = [
  {
    name: "cognito.authorize",
    path: /^\/oauth2\/authorize$/,
    from: "browser",
    title: "The app asks Cognito to sign the user in",
    text: "An ordinary authorization code request with PKCE, as any Cognito app makes it.",
  },
  {
    name: "proxy.authorize",
    path: /\/authorize$/,
    from: "browser",
    title: "Cognito sends the browser to the proxy",
    text: "Cognito knows no PKCE towards an identity provider. The proxy adds it, keeps Cognito’s long state to itself, and seals what it must remember into one cookie. Nothing is stored.",
  },
  {
    name: "idp.authorization",
    path: /\/auth$/,
    from: "browser",
    title: "The identity provider gets a request it accepts",
    text: "It refuses any request without a S256 code challenge.",
  },
  {
    name: "idp.login",
    path: /\/(interaction|auth)\/[^/]+$/,
    from: "browser",
    title: "The identity provider asks the user",
    text: "On its own page. Neither Cognito nor the proxy sees the password.",
  },
  {
    name: "proxy.callback",
    path: /\/callback$/,
    from: "browser",
    title: "The browser comes back to the proxy",
    text: "The proxy finds the sealed cookie by the state, checks who answered (RFC 9207), and seals the provider’s code and the PKCE verifier into the code that Cognito gets.",
    onError: {
      title: "The browser comes back with an error",
      text: "The proxy hands it on, filtered to the characters that OAuth allows, and puts Cognito’s own state back.",
    },
  },
  {
    name: "cognito.idpresponse",
    path: /^\/oauth2\/idpresponse$/,
    from: "browser",
    title: "Cognito gets a code and its own state",
    text: "From here the browser waits while Cognito’s backend does the rest.",
    onError: { title: "Cognito hears of the error", text: "And knows by its state whose it is." },
  },
  {
    name: "proxy.token",
    path: /\/token$/,
    from: "cognito",
    title: "Cognito redeems the code at the proxy",
    text: "With a client secret, the only way it knows.",
  },
  {
    name: "idp.token",
    path: /\/token$/,
    from: "proxy",
    title: "The proxy redeems the real code at the identity provider",
    text: "The client secret stays behind. In its place goes a signed assertion that lives one minute and works once.",
  },
  {
    name: "idp.jwks",
    path: /\/jwks$/,
    from: "cognito",
    title: "Cognito fetches the provider’s keys",
    text: "It checks the ID token itself: the proxy is no authority for who the user is.",
  },
  {
    name: "idp.userinfo",
    path: /\/me$/,
    from: "cognito",
    title: "Cognito asks for the user’s claims",
    text: "Straight from the identity provider; the proxy has no part in it.",
  },
  {
    name: "app.callback",
    path: /^\/callback$/,
    from: "cognito",
    title: "Cognito sends the browser back to the app",
    text: "With a code of Cognito’s own.",
    onError: { title: "Cognito tells the app", text: "With the app’s own state." },
  },
  {
    name: "cognito.token",
    path: /^\/oauth2\/token$/,
    from: "app",
    title: "The app redeems Cognito’s code",
    text: "And gets Cognito’s tokens, as with any other user of the pool.",
  },
];

/** The step that a request to `party` is, or undefined for what isn't part of the story (a stylesheet, say). */
export function stepOf(party, path) {
  return STEPS.find((step) => step.name.startsWith(`${party}.`) && step.path.test(path));
}
