/**
 * The error codes of exoclaw's own conditions, beside JSON-RPC's reserved ones. Part of the wire contract: a code
 * never changes its meaning.
 */
export const errorCodes = {
  unauthorized: -32001,
  forbidden: -32002,
  rateLimited: -32003,
  budgetExceeded: -32004,
  noAgent: -32005,
  providerError: -32006,
  blocked: -32007,
  busy: -32008,
  tooLarge: -32009,
  cancelled: -32010,
  approvalDenied: -32011,
  pluginError: -32012
} as const
