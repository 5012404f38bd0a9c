/**
 * Names that people give: of conversations, channels, tokens. They are stored, listed and traced as they are, and cannot
 * be redacted without becoming others, so a secret has no place in them.
 */
import * as Effect from "effect/Effect"
import type { Casil } from "./Casil.ts"
import { open } from "./Inspected.ts"
import type { Surface } from "./Surface.ts"

/** The rules by which some of the names look like secrets; none where they may be used. */
export const secretsIn = (
  casil: Casil["Service"],
  surface: Surface,
  names: ReadonlyArray<string | undefined>
): Effect.Effect<ReadonlyArray<string>> => {
  const text = names.filter((name) => name !== undefined && name !== "").join("\n")
  if (text === "") return Effect.succeed([])
  return casil.text(surface, text).pipe(
    Effect.map((inspected) =>
      open(inspected) === text ? [] : [...new Set(inspected.verdicts.flatMap(({ rules }) => rules))]
    ),
    Effect.catchTag("Blocked", ({ reason, rules }) => Effect.succeed(rules.length > 0 ? rules : [reason]))
  )
}
