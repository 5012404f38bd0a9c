/**
 * Close codes of the bus, beside the standard ones: 1001 shutting down, 1003 the wrong kind of frame, 1007 no frame of
 * the contract, 1008 against the rules, 1009 too large, 1013 try again later.
 */
export const closeCode = {
  malformed: 1007,
  policy: 1008,
  tooLarge: 1009,
  later: 1013,
  /** The client did not keep up. It may connect again and resume from its positions. */
  tooSlow: 4408,
  unauthenticated: 4401,
  /** No common version of the protocol. */
  version: 4426
} as const
