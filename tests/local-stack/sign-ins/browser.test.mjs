// The demo as a person uses it, in a real Chromium: one sign-in, two tabs at once, and screenshots that are kept.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { startStack } from "../stack.mjs";

const ARTIFACTS = fileURLToPath(new URL("../../../target/test-artifacts/", import.meta.url));

// Chromium's own services would call hosts outside this machine.
const QUIET = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

let stack;
let browser;
before(async () => {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  [stack, browser] = await Promise.all([
    startStack(),
    chromium.launch({ executablePath, args: QUIET }),
  ]);
  await mkdir(ARTIFACTS, { recursive: true });
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

async function openLoginForm(context) {
  const tab = await context.newPage();
  await tab.goto(stack.origins.app);
  await tab
    .getByRole("link", { name: /sign in/i })
    .or(tab.getByRole("button", { name: /sign in/i }))
    .first()
    .click();
  await tab.locator("input[name=password]").waitFor();
  return tab;
}

async function logIn(tab, username, password) {
  await tab.locator("input[name=username]").fill(username);
  await tab.locator("input[name=password]").fill(password);
  await tab.locator("button[value=login]").click();
  await tab.getByText(`${username}@example.com`).first().waitFor();
}

test("a person signs in through the demo's pages", async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const tab = await openLoginForm(context);
  const [cookie] = (await context.cookies()).filter(({ name }) => name.startsWith("__Host-tx-"));
  assert.deepEqual(
    [cookie.secure, cookie.httpOnly, cookie.sameSite, cookie.path],
    [true, true, "Lax", "/"],
  );
  await logIn(tab, "ada", "engine");
  assert.match(tab.url(), new RegExp(`^${stack.origins.app}/`));
  await tab.screenshot({ path: `${ARTIFACTS}signed-in.png`, fullPage: true });
  const left = (await context.cookies()).filter(({ name }) => name.startsWith("__Host-tx-"));
  assert.deepEqual(left, [], "the transaction's cookie is gone");
  await context.close();
});

test("two people sign in at once in two tabs of one browser", async () => {
  const context = await browser.newContext();
  const ada = await openLoginForm(context);
  const grace = await openLoginForm(context);
  await Promise.all([logIn(grace, "grace", "compiler"), logIn(ada, "ada", "engine")]);
  assert.match(await ada.content(), /ada@example\.com/);
  assert.doesNotMatch(await ada.content(), /grace@example\.com/);
  assert.match(await grace.content(), /grace@example\.com/);
  await context.close();
});

test("a cancelled sign-in is shown by the app", async () => {
  const context = await browser.newContext();
  const tab = await openLoginForm(context);
  await tab.locator("button[value=cancel]").click();
  await tab.getByText("access_denied").first().waitFor();
  await tab.screenshot({ path: `${ARTIFACTS}cancelled.png`, fullPage: true });
  await context.close();
});
