// The command line of ./scripts/smoke. It changes nothing, and needs no AWS account: only the deployment's outputs.
import { parseArgs } from "node:util";

import { callOut, report } from "./check.ts";
import { readDeployment } from "./deployment.ts";
import { cognitoChecks, idpChecks } from "./party-checks.ts";
import { proxyChecks } from "./proxy-checks.ts";

const USAGE = `Usage: scripts/smoke <outputs.json> [--context <cdk.context.json>]

Checks a deployment from outside: what isn't Cognito's is refused, Cognito's requests go on
to the IdP, and the IdP's discovery document agrees with the configuration.

  <outputs.json>   what cdk deploy --outputs-file wrote
  --context        the context it was deployed from (default cdk.context.json)
`;

const write = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      context: { type: "string", default: "cdk.context.json" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const [outputsPath, ...others] = positionals;
  if (values.help || outputsPath === undefined || others.length > 0) {
    process.stdout.write(USAGE);
    return values.help;
  }
  const deployment = readDeployment(outputsPath, values.context);
  write(`Smoke test of the stack ${deployment.configuration.stackName}\n`);
  return report(
    [
      ...proxyChecks(deployment, callOut),
      ...idpChecks(deployment, callOut),
      ...cognitoChecks(deployment, callOut),
    ],
    write,
  );
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  process.stderr.write(`smoke: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
