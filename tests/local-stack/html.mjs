// HTML as a tagged template that escapes everything put into it, and the frame that all pages share.
// The only way around the escaping is another value made by the same template.
import { readFileSync } from "node:fs";

class Markup {
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

const escape = (text) => text.replace(/[&<>"']/g, (character) => ENTITIES[character]);

function render(value) {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(render).join("");
  if (value === undefined || value === null || value === false) return "";
  return escape(String(value));
}

/** html`<p>${anything}</p>` */
export function html(strings, ...values) {
  return new Markup(String.raw({ raw: strings }, ...values.map(render)));
}

const stylesheet = ["base", "signed-in", "hop"]
  .map((name) => readFileSync(new URL(`styles/${name}.css`, import.meta.url), "utf8"))
  .join("\n");

/** The reply for `GET …/style.css`. */
export const styleReply = () => ({
  status: 200,
  headers: { "content-type": "text/css; charset=utf-8" },
  body: stylesheet,
});

/** A whole page. Its policy lets in nothing but its own stylesheet: no script, no other host. */
export function page({ title, body, status = 200, stylesheetPath = "/style.css", className = "" }) {
  return {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
      "referrer-policy": "no-referrer",
    },
    body: html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="stylesheet" href="${stylesheetPath}">
</head>
<body class="${className}">
${body}
</body>
</html>
`.toString(),
  };
}
