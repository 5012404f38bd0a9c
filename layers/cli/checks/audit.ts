/** Whether the audit log can be signed. */
import * as Effect from "effect/Effect"
import type { Surroundings } from "../../config/Surroundings.ts"
import { defaultKeyFile, find, trusted } from "../../audit/AuditKey.ts"
import { type Check, ok, warn } from "./Check.ts"

export const auditKey = ({ home, variables }: Surroundings): Effect.Effect<Check> => {
  const name = "audit key"
  const file = defaultKeyFile(variables, home)
  return Effect.gen(function* () {
    const key = yield* find(file)
    yield* trusted(file)
    return key === undefined ? ok(name, `${file} is made with the first checkpoint`) : ok(name, file)
  }).pipe(
    Effect.catch(({ message }) =>
      Effect.succeed(warn(name, message, "Correct that: until then checkpoints are not signed, or not checked."))
    )
  )
}
