// oidc-provider, loaded without the notice it prints on Node 20, which it runs on but no longer promises to.
/* eslint no-console: "off" -- console is only kept silent here: the notice would interrupt the demo's output. */
const { warn } = console;
console.warn = () => {};
export const { Provider, errors } = await import("oidc-provider").finally(() => {
  console.warn = warn;
});
