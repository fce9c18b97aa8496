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

import { acknowledge } from "./acknowledge.ts";
import type { TableAccess } from "./transaction-table.ts";

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

  /** Whether X-Ray takes samples of the requests. */
  readonly tracing: boolean;

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

  /**
   * What the function may do with a table.
   *
   * @default - nothing, with any
   */
  readonly tableAccess?: TableAccess;
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
      role: this.role(logGroup, props),
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
    const cfnFunction = rustFunction.node.defaultChild as lambda.CfnFunction;
    // The function refers to its role, which has all its policies inside: nothing else is to be waited for.
    cfnFunction.addDeletionOverride("DependsOn");
    // Set here, since `tracing` above would give the role a policy beside the others.
    if (props.tracing) cfnFunction.tracingConfig = { mode: lambda.Tracing.ACTIVE };
    this.function = rustFunction;
  }

  /** A role that may write this function's log lines, and do what the props say, and nothing else. */
  private role(logGroup: logs.ILogGroup, props: RustLambdaProps): iam.IRole {
    const policies: Record<string, iam.PolicyStatement> = {
      Logs: new iam.PolicyStatement({
        sid: "WriteLogs",
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [logGroup.logGroupArn],
      }),
    };
    const { readableSecrets = [], tableAccess, tracing } = props;
    if (readableSecrets.length > 0) {
      policies["Secrets"] = new iam.PolicyStatement({
        sid: "ReadSecrets",
        actions: ["secretsmanager:GetSecretValue"],
        resources: readableSecrets.map((secret) => secret.secretArn),
      });
    }
    if (tableAccess) {
      policies["Table"] = new iam.PolicyStatement({
        sid: "UseTable",
        actions: [...tableAccess.actions],
        resources: [tableAccess.table.tableArn],
      });
    }
    if (tracing) {
      policies["Traces"] = new iam.PolicyStatement({
        sid: "WriteTraces",
        actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
        resources: ["*"],
      });
    }
    // Inline, so that a function never starts before its permissions are there.
    const role = new iam.Role(this, "Role", {
      description: `What ${Stack.of(this).stackName}'s function ${this.node.id} may do`,
      assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
      inlinePolicies: Object.fromEntries(
        Object.entries(policies).map(([name, statement]) => [
          name,
          new iam.PolicyDocument({ statements: [statement] }),
        ]),
      ),
    });
    if (tracing) {
      acknowledge(role, {
        "AwsSolutions-IAM5[Resource::*]":
          "X-Ray has no resource to name for writing traces. The two actions let the function add its own samples and read none.",
      });
    }
    return role;
  }
}
