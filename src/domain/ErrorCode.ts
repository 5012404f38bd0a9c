/** Codes of the protocol's application errors (DESIGN 4.1), for what a turn stores and what a door answers. */
export const errorCode = {
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
  pluginError: -32012,
  notFound: -32013,
  unavailable: -32014,
  invalidParams: -32602,
  internal: -32603
} as const
