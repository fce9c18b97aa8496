// What is wrong with the context, and how it is told. It must never show a value that may be a secret.

/** The context as it was read: anything may stand anywhere. */
export type Context = Readonly<Record<string, unknown>>;

/** One thing that is wrong. */
export interface Problem {
  /** The key, with the position in a list or object where there is one. */
  readonly key: string;

  /**
   * The bad value, if it may be shown.
   *
   * @default - none: the key is missing, or its value may be a secret
   */
  readonly value?: unknown;

  /** What is expected. */
  readonly expected: string;

  /**
   * What is wrong, where "is …" doesn't say it.
   *
   * @default - the value is shown, or that it is missing
   */
  readonly fault?: string;
}

/** Whether an operator gave the key a value. */
export function isSet(context: Context, key: string): boolean {
  return context[key] !== undefined && context[key] !== null && context[key] !== "";
}

/** Every problem of a context in one message. */
export class ConfigurationError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(`The context (cdk.context.json) has ${count}:\n\n${problems.map(paragraph).join("\n")}`);
    this.name = "ConfigurationError";
    this.problems = problems;
  }
}

function paragraph({ key, value, expected, fault }: Problem): string {
  const wrong = fault ?? (value === undefined ? "is missing" : `is ${shown(value)}`);
  return `  ${key} ${wrong}\n      expected: ${expected}\n`;
}

function shown(value: unknown): string {
  const json = JSON.stringify(value);
  return json.length > 120 ? `${json.slice(0, 117)}…` : json;
}
