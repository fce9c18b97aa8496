// One Rust binary of this workspace as a Lambda function, with a role and a log group of its own.
// The only place that builds or takes an archive. It knows nothing of what the binary does.
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { type Duration, type RemovalPolicy, Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import type * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import { RustFunction } from "cargo-lambda-cdk";
import { Construct } from "constructs";

const MANIFEST = fileURLToPath(new URL("../../Cargo.toml", import.meta.url));

/** What all functions of a stack have in common. */
export interface RustLambdaOptions {
  /** The processor that the functions run on. */
  readonly architecture: lambda.Architecture;

  /** Memory in MB; the share of a processor grows with it. */
  readonly memorySize: number;

  /**
   * How many instances of each function may run at once.
   *
   * @default - no reservation: the account's concurrency is shared
   */
  readonly reservedConcurrentExecutions?: number;

  /** How long log lines are kept. */
  readonly logRetention: logs.RetentionDays;

  /** What becomes of a log group that leaves the stack. */
  readonly removalPolicy: RemovalPolicy;

  /**
   * A directory with one prebuilt archive per function, `<binaryName>.zip`.
   *
   * @default - the binaries are built by cargo-lambda
   */
  readonly archiveDirectory?: string;
}

export interface RustLambdaProps extends RustLambdaOptions {
  /** The binary, which is also its package's name. */
  readonly binaryName: string;

  /** What the function is for. */
  readonly description: string;

  /** When Lambda ends a request. */
  readonly timeout: Duration;

  /**
   * The function's variables.
   *
   * @default - none
   */
  readonly environment?: Readonly<Record<string, string>>;

  /**
   * The secrets whose value the function may read.
   *
   * @default - none
   */
  readonly readableSecrets?: readonly secretsmanager.ISecret[];
}

export class RustLambda extends Construct {
  readonly function: lambda.IFunction;

  constructor(scope: Construct, id: string, props: RustLambdaProps) {
    super(scope, id);
    const logGroup = new logs.LogGroup(this, "LogGroup", {
      retention: props.logRetention,
      removalPolicy: props.removalPolicy,
    });
    const { binaryName, archiveDirectory } = props;
    const options: lambda.FunctionOptions = {
      description: props.description,
      architecture: props.architecture,
      memorySize: props.memorySize,
      timeout: props.timeout,
      environment: { ...props.environment },
      role: this.role(logGroup, props.readableSecrets ?? []),
      logGroup,
      reservedConcurrentExecutions: props.reservedConcurrentExecutions,
    };
    const rustFunction =
      archiveDirectory === undefined
        ? new RustFunction(this, "Function", {
            ...options,
            manifestPath: MANIFEST,
            binaryName,
            runtime: "provided.al2023",
            bundling: {
              architecture: props.architecture,
              cargoLambdaFlags: ["--package", binaryName, "--locked"],
            },
          })
        : new lambda.Function(this, "Function", {
            ...options,
            runtime: lambda.Runtime.PROVIDED_AL2023,
            handler: "bootstrap",
            code: lambda.Code.fromAsset(join(archiveDirectory, `${binaryName}.zip`)),
          });
    // The function refers to its role, which has all its policies inside: nothing else is to be waited for.
    (rustFunction.node.defaultChild as lambda.CfnFunction).addDeletionOverride("DependsOn");
    this.function = rustFunction;
  }

  /** A role that may write this function's log lines and read these secrets, and nothing else. */
  private role(logGroup: logs.ILogGroup, secrets: readonly secretsmanager.ISecret[]): iam.IRole {
    const writeLogs = new iam.PolicyStatement({
      sid: "WriteLogs",
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [logGroup.logGroupArn],
    });
    const readSecrets = new iam.PolicyStatement({
      sid: "ReadSecrets",
      actions: ["secretsmanager:GetSecretValue"],
      resources: secrets.map((secret) => secret.secretArn),
    });
    // Inline, so that a function never starts before its permissions are there.
    return new iam.Role(this, "Role", {
      description: `What ${Stack.of(this).stackName}'s function ${this.node.id} may do`,
      assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
      inlinePolicies: {
        Logs: new iam.PolicyDocument({ statements: [writeLogs] }),
        ...(secrets.length > 0 && {
          Secrets: new iam.PolicyDocument({ statements: [readSecrets] }),
        }),
      },
    });
  }
}
