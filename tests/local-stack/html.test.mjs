import assert from "node:assert/strict";
import { test } from "node:test";

import { html } from "./html.mjs";

test("whatever is put into a template is escaped, in text and in attributes", () => {
  const text = `<script>"a" & 'b'</script>`;
  assert.equal(
    html`<p title="${text}">${[text]}</p>`.toString(),
    `<p title="&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;">` +
      `&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;</p>`,
  );
});

test("templates nest, and nothing is left of what is absent", () => {
  assert.equal(
    html`<b>${html`<i>${1}</i>`}${undefined}${null}${false}</b>`.toString(),
    "<b><i>1</i></b>",
  );
});
