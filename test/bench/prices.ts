/**
 * AWS list prices in US dollars of us-east-1, without free tiers and discounts, from the services' pricing pages
 * (aws.amazon.com/lambda/pricing, /sqs/pricing, /s3/pricing and so on) as they were in December 2025.
 */
export const PRICES_OF = { region: 'us-east-1', date: '2025-12' } as const;

const MILLION = 1e6;

/** Dollars for one of each. */
export const PRICES = {
  lambdaRequest: 0.2 / MILLION,
  /** A GB-second on arm64, first tier. */
  lambdaGbSecond: 0.0000133334,
  /** A request of up to 64 KB. */
  sqsStandardRequest: 0.4 / MILLION,
  sqsFifoRequest: 0.5 / MILLION,
  s3Get: 0.4 / MILLION,
  /** PUT, COPY, POST and LIST. */
  s3Put: 5 / MILLION,
  s3GbMonth: 0.023,
  schedulerInvocation: 1 / MILLION,
  httpApiRequest: 1 / MILLION,
  logGb: 0.5,
  logGbMonth: 0.03,
  /** A custom metric, first 10 000. */
  metricMonth: 0.3,
  alarmMonth: 0.1,
  kmsKeyMonth: 1,
  kmsRequest: 3 / MILLION,
  secretMonth: 0.4,
} as const;

/** Lambda gives one vCPU at this much memory, MB. */
export const MEMORY_OF_A_CPU = 1769;
/** CloudWatch counts this many bytes beside the text of each line. */
export const LOG_LINE_BYTES = 26;
/** About what Lambda itself writes of an invocation: START, END and REPORT; bytes. */
export const LOG_INVOCATION_BYTES = 420;
