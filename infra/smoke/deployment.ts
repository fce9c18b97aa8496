// What the checks need to know of a deployment: its outputs, and the context it was made from.
import { readFileSync } from "node:fs";

import { type Configuration, readConfiguration } from "../lib/configuration/read.ts";

/** The outputs of a stack by name. */
export type Outputs = Readonly<Record<string, string>>;

export interface Deployment {
  readonly outputs: Outputs;
  readonly configuration: Configuration;
}

/**
 * Reads the file that `cdk deploy --outputs-file` wrote, and the context.
 *
 * @throws Error with one sentence about the file that can't be used
 */
export function readDeployment(outputsPath: string, contextPath: string): Deployment {
  const context = readJson(contextPath);
  // Archives are for deploying; where they are now is no matter here.
  delete context["lambda_archive_dir"];
  const configuration = readConfiguration(context);
  const file = readJson(outputsPath);
  const outputs = (file[configuration.stackName] ?? file) as Outputs;
  if (typeof outputs["ApiGwTokenEndpoint"] !== "string") {
    throw new Error(
      `${outputsPath} has no outputs of the stack ${configuration.stackName}; write it by: cdk deploy --outputs-file ${outputsPath}`,
    );
  }
  return { outputs, configuration };
}

function readJson(path: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new Error(`${path} can't be read: ${words}`, { cause: error });
  }
}

/** One output that must be there. */
export function outputOf(outputs: Outputs, name: string): string {
  const value = outputs[name];
  if (value === undefined) throw new Error(`there is no output ${name}`);
  return value;
}
