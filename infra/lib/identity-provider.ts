// The OpenID provider as Cognito sees it: the IdP's issuer, keys and userinfo, with endpoints of the proxy in between.
import * as cognito from "aws-cdk-lib/aws-cognito";
import type * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";

export interface IdentityProviderProps {
  /** The pool that users arrive in. */
  readonly userPool: cognito.IUserPool;

  /** The name that Cognito shows, and puts before user names. */
  readonly providerName: string;

  /** The client identifier at the IdP, which must be in the ID token's `aud`. */
  readonly clientId: string;

  /** What Cognito proves itself with to the token endpoint. */
  readonly clientSecret: secretsmanager.ISecret;

  /** The IdP's issuer identifier. */
  readonly issuerUrl: string;

  /** Where browsers are sent: the proxy's `/authorize` with PKCE, the IdP's own endpoint without. */
  readonly authorizationEndpoint: string;

  /** The proxy's `/token`. */
  readonly tokenEndpoint: string;

  /** The IdP's keys. */
  readonly jwksUri: string;

  /** The IdP's userinfo endpoint. */
  readonly userinfoEndpoint: string;

  /** The scopes that Cognito asks for, separated by spaces. */
  readonly scopes: string;

  /** Cognito's attributes, each with the claim that fills it. */
  readonly attributeMapping: Readonly<Record<string, string>>;
}

export class IdentityProvider extends Construct {
  /** The provider, for app clients to name and to wait for. */
  readonly provider: cognito.CfnUserPoolIdentityProvider;

  constructor(scope: Construct, id: string, props: IdentityProviderProps) {
    super(scope, id);
    this.provider = new cognito.CfnUserPoolIdentityProvider(this, "Provider", {
      userPoolId: props.userPool.userPoolId,
      providerName: props.providerName,
      providerType: "OIDC",
      providerDetails: {
        client_id: props.clientId,
        // CloudFormation resolves the reference; the secret itself is in no template.
        client_secret: props.clientSecret.secretValue.unsafeUnwrap(),
        oidc_issuer: props.issuerUrl,
        authorize_url: props.authorizationEndpoint,
        token_url: props.tokenEndpoint,
        jwks_uri: props.jwksUri,
        attributes_url: props.userinfoEndpoint,
        attributes_request_method: "GET",
        authorize_scopes: props.scopes,
      },
      attributeMapping: { ...props.attributeMapping },
    });
  }
}
