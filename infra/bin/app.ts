// The CDK app: reads the context, and makes one stack of it or one report of everything that is wrong with it.
import { App } from "aws-cdk-lib";

import { ConfigurationError } from "../lib/configuration/problems.ts";
import { readConfiguration } from "../lib/configuration/read.ts";
import { ProxyStack } from "../lib/proxy-stack.ts";

const app = new App();
try {
  const context = app.node.getAllContext() as Record<string, unknown>;
  const configuration = readConfiguration(context);
  new ProxyStack(app, configuration.stackName, { configuration });
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  process.stderr.write(`\n${error.message}\n`);
  process.exit(1);
}
