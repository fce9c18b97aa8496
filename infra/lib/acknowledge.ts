// How a finding of cdk-nag is answered: beside the resource, with a reason that would convince an auditor.
import { Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/** Acknowledges rules for one construct, each by its id with the reason. */
export function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>) {
  for (const [id, reason] of Object.entries(reasons)) {
    Validations.of(construct).acknowledge({ id, reason });
  }
}
