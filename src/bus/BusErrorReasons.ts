/** Why the bus refuses, in the order of the contract's `ErrorCode`, from 1. Plain: clients without Effect read it too. */
export const busErrorReasons = [
  "malformed",
  "version_mismatch",
  "unauthenticated",
  "forbidden",
  "invalid_argument",
  "not_found",
  "already_exists",
  "not_empty",
  "not_joined",
  "too_large",
  "rate_limited",
  "limit_exceeded",
  "temporarily_blocked",
  "content_blocked",
  "unavailable",
  "draining",
  "unknown_outcome",
  "internal"
] as const
