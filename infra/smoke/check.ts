// What one check of a live deployment is, how it calls out, and how results are told. It knows no endpoint.

/** One thing that must hold. `run` returns what was seen, and throws an `Error` that says what was wrong. */
export interface Check {
  readonly name: string;
  readonly run: () => Promise<string>;
}

/** A reply, read to its end. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Sends one request and follows no redirect. */
export type Call = (url: string, options?: RequestInit) => Promise<Reply>;

const TIMEOUT_MS = 15_000;

/** Calls out for real. */
export const callOut: Call = async (url, options = {}) => {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { ...options, redirect: "manual", signal });
    return { status: response.status, headers: response.headers, body: await response.text() };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`no answer: ${words}`, { cause: error });
  }
};

/** Fails a check with a sentence unless the condition holds. */
export function expect(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(otherwise);
}

/** The reply's JSON object. */
export function jsonOf(reply: Reply): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(reply.body);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below, with the status.
  }
  throw new Error(`status ${reply.status} without a JSON object`);
}

/** Runs the checks one after the other, writes a line for each, and says whether all held. */
export async function report(checks: readonly Check[], write: (line: string) => void) {
  let failed = 0;
  for (const { name, run } of checks) {
    try {
      write(`  ok    ${name}: ${await run()}`);
    } catch (error) {
      failed += 1;
      write(`  FAIL  ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  write("");
  write(`${checks.length - failed} of ${checks.length} checks passed.`);
  return failed === 0;
}
