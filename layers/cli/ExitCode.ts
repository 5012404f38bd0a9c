/**
 * What a command's exit code means; printed by `exoclaw --help`.
 *
 * | code | meaning |
 * | --- | --- |
 * | 0 | done |
 * | 1 | failed; the message says why |
 * | 2 | the command line or the configuration is wrong |
 * | 3 | no gateway answers |
 * | 4 | no valid token, or one that may not do this |
 * | 5 | over budget |
 * | 6 | the audit log is broken |
 * | 7 | too busy or too many requests: try again later |
 * | 8 | content inspection refused |
 * | 9 | content inspection would redact something |
 * | 130 | interrupted |
 */
export const exitCode = {
  ok: 0,
  failure: 1,
  usage: 2,
  noGateway: 3,
  notAllowed: 4,
  overBudget: 5,
  auditBroken: 6,
  busy: 7,
  blocked: 8,
  redacted: 9,
  interrupted: 130
} as const
export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

const meanings: Readonly<Record<ExitCode, string>> = {
  0: "done",
  1: "failed; the message says why",
  2: "the command line or the configuration is wrong",
  3: "no gateway answers",
  4: "no valid token, or one that may not do this",
  5: "over budget",
  6: "the audit log is broken",
  7: "too busy or too many requests: try again later",
  8: "content inspection refused",
  9: "content inspection would redact something",
  130: "interrupted"
}

/** The table as text, for the help. */
export const exitCodeHelp: string = [
  "EXIT CODES",
  ...Object.entries(meanings).map(([code, meaning]) => `  ${code.padEnd(5)}${meaning}`)
].join("\n")
