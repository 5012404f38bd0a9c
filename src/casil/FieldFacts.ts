/** What the name of a field says of the text in it. Names come again and again, so each is looked at once. */
import { holdsValue } from "./context/Field.ts"
import { factsOf, type NameFacts } from "./context/Name.ts"
import { looksOf } from "./engine/Looks.ts"
import type { Names } from "./Names.ts"

export interface FieldFacts {
  /** Its text is redacted, whatever it is. */
  readonly isRedacted: boolean
  /** Which kind of secret it names, if any. */
  readonly facts: NameFacts | undefined
  /** The field before it may say what its text is. */
  readonly holdsValue: boolean
}

/** So many names are remembered; then all are forgotten. */
const REMEMBERED = 1024

/** What names say where fields called one of `redacted` are redacted. */
export const fieldFacts = (redacted: Names): ((name: string) => FieldFacts) => {
  const remembered = new Map<string, FieldFacts>()
  return (name) => {
    const known = remembered.get(name)
    if (known !== undefined) return known
    const made = { isRedacted: redacted.has(name), facts: factsOf(looksOf(name)), holdsValue: holdsValue(name) }
    if (remembered.size >= REMEMBERED) remembered.clear()
    remembered.set(name, made)
    return made
  }
}
