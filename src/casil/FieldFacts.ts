/** What the name of a field says of the text in it. Names come again and again, so each is looked at once. */
import { holdsValue } from "./context/Field.ts"
import { factsOf, type NameFacts } from "./context/Name.ts"
import { looksOf } from "./engine/Looks.ts"
import type { Names } from "./Names.ts"

export class FieldFacts {
  readonly #name: string
  #facts: NameFacts | "none" | undefined
  /** Its text is redacted, whatever it is. */
  readonly isRedacted: boolean
  /** The field before it may say what its text is. */
  readonly holdsValue: boolean

  constructor(name: string, redacted: Names) {
    this.#name = name
    this.isRedacted = redacted.has(name)
    this.holdsValue = holdsValue(name)
  }

  /** Which kind of secret it names, if any. Found out when first asked: of short texts nobody asks. */
  get facts(): NameFacts | undefined {
    const facts = (this.#facts ??= factsOf(looksOf(this.#name)) ?? "none")
    return facts === "none" ? undefined : facts
  }
}

/** So many names are remembered; then all are forgotten. */
const REMEMBERED = 1024

/** What names say where fields called one of `redacted` are redacted. */
export const fieldFacts = (redacted: Names): ((name: string) => FieldFacts) => {
  const remembered = new Map<string, FieldFacts>()
  return (name) => {
    let facts = remembered.get(name)
    if (facts !== undefined) return facts
    if (remembered.size >= REMEMBERED) remembered.clear()
    facts = new FieldFacts(name, redacted)
    remembered.set(name, facts)
    return facts
  }
}
