// How the deployment is watched: what is kept, what is sampled, and who is told.
// None of it is a setting of the Lambdas.
import { RetentionDays } from "aws-cdk-lib/aws-logs";

import { boolean, integerOf, matching } from "./values.ts";

/** What CloudWatch Logs accepts for a retention time; for ever isn't among it. */
const RETENTION_DAYS = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === "number" && days !== RetentionDays.INFINITE,
);

export const observation = {
  log_retention_days: integerOf<RetentionDays>(RETENTION_DAYS).default(90),
  xray: boolean().default(false),
  // Alarms can't speak to a FIFO topic, whose name has a dot.
  alarm_topic_arn: matching(
    /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/,
    "the ARN of an SNS topic (not FIFO) in the stack's Region",
  ).optional(),
};
