/** What Node calls an error: `ENOENT` and the like. */

/** Undefined where it has no such name. */
export const codeOf = (cause: unknown): string | undefined =>
  typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string"
    ? cause.code
    : undefined

/** The same for a sentence. */
export const codeInWords = (cause: unknown): string => codeOf(cause) ?? "unknown error"
