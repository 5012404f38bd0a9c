/** What inspection found in a text, where, and how sure it is: never the value. */
import * as Schema from "effect/Schema"

/**
 * How sure a rule is, and so which setting decides what happens: known formats, likely secrets, personal data. A hint is
 * never a finding: it raises the risk of the verdict, and nothing else.
 */
export const Tier = Schema.Literals(["structural", "contextual", "pii", "custom", "hint"])
export type Tier = typeof Tier.Type

export const Finding = Schema.Struct({
  rule: Schema.String,
  tier: Tier,
  /** `[start, end)`, in code units of the inspected text. */
  start: Schema.Int,
  end: Schema.Int,
  /** In hundredths. */
  confidence: Schema.Int,
  /** It was written in an encoding, or in several parts. */
  flag: Schema.optionalKey(Schema.Literals(["encoded", "split"]))
})
export type Finding = typeof Finding.Type
