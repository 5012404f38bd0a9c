/** Statements as one line each, so that a table of examples can be read. */
import { iso } from "../../../src/memory/extract/Civil.ts"
import type { Mention, Stated } from "../../../src/memory/extract/Stated.ts"

export const mentionText = ({ name, of, role }: Mention): string =>
  `${of === undefined ? "" : `${mentionText(of)}'s `}${role ?? ""}${name === undefined ? "" : `[${name}]`}`

export const statedText = (fact: Stated): string =>
  [
    mentionText(fact.about),
    fact.attribute,
    fact.value + (fact.object === undefined ? "" : ` -> ${mentionText(fact.object)}`),
    ...(fact.mode === "holds" ? [] : [fact.mode]),
    ...(fact.corrects ? [fact.replaces === undefined ? "corrects" : `corrects ${fact.replaces}`] : []),
    ...(fact.from === undefined ? [] : [`from ${iso(fact.from)}`]),
    ...(fact.until === undefined ? [] : [`until ${iso(fact.until)}`])
  ].join(" | ")
