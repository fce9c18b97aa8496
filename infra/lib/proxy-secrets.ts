// The secrets of the proxy. Two are generated and known to nobody; the operator fills the others.
// No value ever stands in the template.
import type { RemovalPolicy } from "aws-cdk-lib";
import * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";

import { acknowledge } from "./acknowledge.ts";

export interface ProxySecretsProps {
  /** Whether sign-ins under way are sealed, which takes a secret. */
  readonly sealsTransactions: boolean;

  /** Whether the public keys are published, which are kept like a secret so that only an operator changes them. */
  readonly publishesKeys: boolean;

  /** What becomes of the secrets when they leave the stack. */
  readonly removalPolicy: RemovalPolicy;
}

interface SecretProps {
  readonly description: string;
  readonly removalPolicy: RemovalPolicy;

  /** Why it isn't rotated by a schedule. */
  readonly rotation: string;
}

export class ProxySecrets extends Construct {
  /** The private JWK that client assertions are signed with. Empty until the operator puts it there. */
  readonly signingKey: secretsmanager.ISecret;

  /** What Cognito proves itself with to `/token`. */
  readonly cognitoClientSecret: secretsmanager.ISecret;

  /** What sign-ins under way are sealed under; only with PKCE and the store `browser`. */
  readonly transactionSecret: secretsmanager.ISecret | undefined;

  /** The public keys (JWK Set) to publish. Empty until the operator puts them there. */
  readonly publicKeys: secretsmanager.ISecret | undefined;

  constructor(scope: Construct, id: string, props: ProxySecretsProps) {
    super(scope, id);
    const { sealsTransactions, publishesKeys, removalPolicy } = props;

    this.signingKey = this.empty("SigningKey", {
      description: "The private key (JWK) that the sign-in proxy signs its client assertions with",
      removalPolicy,
      rotation:
        "The matching public key is registered at the IdP, so no function in this account can rotate the pair alone; docs/deploy.md has the steps, which need no downtime.",
    });

    this.publicKeys = publishesKeys
      ? this.empty("PublicKeys", {
          description: "The public keys (JWK Set) that the sign-in proxy publishes",
          removalPolicy,
          rotation:
            "It holds public keys only. They change when the operator replaces the signing key, and the old one stays among them for a day.",
        })
      : undefined;

    this.cognitoClientSecret = this.generated("CognitoClientSecret", {
      description: "The client secret that Cognito sends to the sign-in proxy's token endpoint",
      removalPolicy,
      rotation:
        "Cognito reads this value through a dynamic reference at deployment only: a rotation outside of one would end all sign-ins. It never leaves Cognito and one function.",
    });

    this.transactionSecret = sealsTransactions
      ? this.generated("TransactionSecret", {
          description: "What the sign-in proxy seals sign-ins under way with",
          removalPolicy,
          rotation:
            "It protects data that lives fifteen minutes at most, under keys derived per purpose and a content key per message, so it doesn't wear out. A new version can be put at any time without downtime.",
        })
      : undefined;
  }

  /** A secret that starts with no version at all: nothing that looks like a key is ever read. */
  private empty(id: string, props: SecretProps): secretsmanager.ISecret {
    const { description, removalPolicy, rotation } = props;
    const secret = new secretsmanager.Secret(this, id, { description, removalPolicy });
    (secret.node.defaultChild as secretsmanager.CfnSecret).addPropertyDeletionOverride(
      "GenerateSecretString",
    );
    acknowledge(secret, { "AwsSolutions-SMG4": rotation });
    return secret;
  }

  private generated(id: string, props: SecretProps): secretsmanager.ISecret {
    const secret = new secretsmanager.Secret(this, id, {
      description: props.description,
      removalPolicy: props.removalPolicy,
      // Letters and digits mean the same in every encoding of a form. 64 of them are 380 bits.
      generateSecretString: { passwordLength: 64, excludePunctuation: true, includeSpace: false },
    });
    acknowledge(secret, { "AwsSolutions-SMG4": props.rotation });
    return secret;
  }
}
