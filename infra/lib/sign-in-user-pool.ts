// The user pool, new or existing, and the domain that browsers come to.
// It knows nothing of the proxy or the identity provider.
import { Aws, RemovalPolicy } from "aws-cdk-lib";
import * as acm from "aws-cdk-lib/aws-certificatemanager";
import * as cognito from "aws-cdk-lib/aws-cognito";
import { Construct } from "constructs";

import { acknowledge } from "./acknowledge.ts";

export interface SignInUserPoolProps {
  /**
   * The id of a pool that exists.
   *
   * @default - a new pool
   */
  readonly userPoolId?: string;

  /**
   * The existing pool's domain, as a prefix or as a whole host name.
   *
   * @default - none, which only does with a new pool
   */
  readonly userPoolDomain?: string;

  /** The prefix of a new pool's domain at Cognito. */
  readonly domainPrefix: string;

  /**
   * A host name of your own for a new pool.
   *
   * @default - the domain at Cognito
   */
  readonly domainName?: string;

  /**
   * The ARN of the host name's certificate in us-east-1.
   *
   * @default - none, which only does without a host name
   */
  readonly certificateArn?: string;

  /** The names of a new pool's own attributes, without `custom:`. */
  readonly customAttributes: readonly string[];

  /** Whether a new pool refuses to be deleted. */
  readonly deletionProtection: boolean;

  /** What becomes of a new pool that leaves the stack. */
  readonly removalPolicy: RemovalPolicy;
}

export class SignInUserPool extends Construct {
  readonly userPool: cognito.IUserPool;

  /** Scheme and host of the pool's domain. */
  readonly baseUrl: string;

  /** What a DNS record for a host name of your own must point to. */
  readonly domainTarget: string | undefined;

  /** `iss` in the pool's tokens. */
  readonly issuer: string;

  /** Where the identity provider's answer must arrive in the end. */
  readonly idpResponseUri: string;

  constructor(scope: Construct, id: string, props: SignInUserPoolProps) {
    super(scope, id);
    if (props.userPoolId === undefined) {
      const userPool = this.newPool(props);
      const domain = this.newDomain(userPool, props);
      this.userPool = userPool;
      this.baseUrl = domain.baseUrl();
      this.domainTarget = props.domainName === undefined ? undefined : domain.cloudFrontEndpoint;
    } else {
      const domain = props.userPoolDomain ?? "";
      this.userPool = cognito.UserPool.fromUserPoolId(this, "Pool", props.userPoolId);
      this.baseUrl = domain.includes(".")
        ? `https://${domain}`
        : `https://${domain}.auth.${Aws.REGION}.amazoncognito.com`;
      this.domainTarget = undefined;
    }
    this.issuer = `https://cognito-idp.${Aws.REGION}.${Aws.URL_SUFFIX}/${this.userPool.userPoolId}`;
    this.idpResponseUri = `${this.baseUrl}/oauth2/idpresponse`;
  }

  private newPool(props: SignInUserPoolProps): cognito.UserPool {
    const userPool = new cognito.UserPool(this, "Pool", {
      selfSignUpEnabled: false,
      accountRecovery: cognito.AccountRecovery.NONE,
      passwordPolicy: {
        minLength: 16,
        requireDigits: true,
        requireLowercase: true,
        requireSymbols: true,
        requireUppercase: true,
      },
      customAttributes: Object.fromEntries(
        props.customAttributes.map((name) => [
          name,
          new cognito.StringAttribute({ mutable: true }),
        ]),
      ),
      deletionProtection: props.deletionProtection,
      // A protected pool can't be deleted, so a deployment that fails must leave it behind to be undone.
      removalPolicy: props.deletionProtection ? RemovalPolicy.RETAIN : props.removalPolicy,
    });
    const local =
      "Nobody signs in with a password of this pool: every app client's only identity provider is the OpenID provider";
    acknowledge(userPool, {
      "AwsSolutions-COG2": `${local}, which asks for further factors by its own policy.`,
      "AwsSolutions-COG8": `${local}. What the Plus plan adds, threat protection, judges local sign-ins only; its price per user is the operator's decision.`,
    });
    return userPool;
  }

  private newDomain(userPool: cognito.UserPool, props: SignInUserPoolProps) {
    const { domainName, certificateArn, domainPrefix } = props;
    return userPool.addDomain(
      "Domain",
      domainName !== undefined && certificateArn !== undefined
        ? {
            customDomain: {
              domainName,
              certificate: acm.Certificate.fromCertificateArn(this, "Certificate", certificateArn),
            },
          }
        : { cognitoDomain: { domainPrefix } },
    );
  }
}
