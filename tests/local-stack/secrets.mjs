// The secrets the Lambdas read, put into Secrets Manager through AWS's own client.
// Values come from the caller; this file makes none and prints none.
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";

import { CREDENTIALS, REGION } from "./aws.mjs";

// The SDK's notice about Node's support dates would land in the middle of the demo's output.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

export function connectSecrets(endpoint) {
  const client = new SecretsManagerClient({ endpoint, region: REGION, credentials: CREDENTIALS });
  return {
    /** Creates the secret, or gives an existing one a new current version. */
    async put(name, value) {
      try {
        await client.send(new CreateSecretCommand({ Name: name, SecretString: value }));
      } catch (error) {
        if (!(error instanceof ResourceExistsException)) throw error;
        await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: value }));
      }
    },
    close: () => client.destroy(),
  };
}
