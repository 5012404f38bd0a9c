/** The name of a secret: what a grant (`secret:NAME`), a placeholder and the command line call it. */
import * as Schema from "effect/Schema"

export const SecretName = Schema.String.pipe(
  Schema.check(Schema.isPattern(/^[A-Za-z0-9_.-]{1,64}$/, { expected: "1 to 64 of A-Z a-z 0-9 _ . -" })),
  Schema.brand("SecretName")
)
export type SecretName = typeof SecretName.Type

/** Shortest and longest value, in bytes of UTF-8. A shorter one could not be told from ordinary text where it leaks. */
export const valueBytes = { shortest: 8, longest: 8_192 } as const

const utf8 = new TextEncoder()

/** Why a value cannot be kept; undefined where it can. The words never repeat it. */
export const unfit = (value: string): string | undefined => {
  const size = utf8.encode(value).length
  if (size < valueBytes.shortest) return `it is shorter than ${valueBytes.shortest} bytes`
  if (size > valueBytes.longest) return `it is longer than ${valueBytes.longest} bytes`
  if (value.includes("\0")) return "it holds a NUL character"
  return value.isWellFormed() ? undefined : "it is no valid text"
}
