/** What the engine found, and what stands in its place. */

/** A secret at `[start, end)`. */
export interface Match {
  readonly rule: string
  readonly start: number
  readonly end: number
  /** In hundredths. */
  readonly confidence: number
  /** What stands in its place, when that is not the usual: an encoded one is replaced encoded. */
  readonly replacement?: string
  /** How it was hidden. */
  readonly flag?: "encoded" | "split"
}

/** What stands where a secret was. */
export const redaction = (rule: string): string => `[redacted:${rule}]`
