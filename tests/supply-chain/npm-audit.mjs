// Audits one folder of npm packages against the registry's advisories.
// Ends with 0 if nothing is known, 1 if something is, and 3 if the registry gave no answer.
//
// Usage: node npm-audit.mjs <folder>

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const [folder] = process.argv.slice(2);
const exceptions = JSON.parse(readFileSync(new URL("npm-exceptions.json", import.meta.url), "utf8"))[folder] ?? [];

/** npm ends with an error both when it found something and when it could not look: only its words tell. */
function audit() {
  try {
    return execFileSync("npm", ["audit", "--json", "--prefix", folder], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    return error.stdout ?? "";
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

const report = parsed(audit());
// Without the number of packages looked at, it isn't a report, whatever else it says.
if (!report.vulnerabilities || !(report.metadata?.dependencies?.total > 0)) {
  console.error(`npm audit of ${folder}: no answer (${report.message ?? report.error?.summary ?? "unknown"})`);
  process.exit(3);
}

// A package is listed for an advisory of its own (an object) or for a package it needs (a name).
const found = new Map();
for (const { via } of Object.values(report.vulnerabilities)) {
  for (const advisory of via.filter((cause) => typeof cause === "object")) {
    found.set(advisory.url.split("/").pop(), `${advisory.severity}: ${advisory.name}: ${advisory.title}`);
  }
}
const excepted = new Set(exceptions.map(({ advisory }) => advisory));
const unexcused = [...found].filter(([id]) => !excepted.has(id));
const stale = [...excepted].filter((id) => !found.has(id));
for (const [id, words] of unexcused) {
  console.error(`npm audit of ${folder}: ${id} ${words}`);
}
for (const id of stale) {
  console.error(`npm audit of ${folder}: the exception for ${id} is no longer needed: remove it`);
}
for (const { advisory, reason } of exceptions) {
  if (!reason) {
    console.error(`npm audit of ${folder}: the exception for ${advisory} has no reason`);
    stale.push(advisory);
  }
}
const total = report.metadata.dependencies.total;
console.log(`npm audit of ${folder}: ${total} packages, ${unexcused.length} advisories, ${excepted.size} excepted`);
process.exit(unexcused.length + stale.length > 0 ? 1 : 0);
