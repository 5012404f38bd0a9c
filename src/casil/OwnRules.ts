/** The rules that come with the program, and the names that are theirs. */
import { type RuleSet, ruleSet } from "./engine/RuleSet.ts"
import { contextual } from "./rules/contextual.ts"
import { hints } from "./rules/hints.ts"
import { piiRules, piiWords } from "./rules/pii.ts"
import { passwordHash } from "./rules/strings.ts"
import { structural, structuralWords } from "./rules/structural.ts"

/** Id of the rule that redacts fields by their name. */
export const NAMED_FIELD = "named-field"
/** Id of what `redaction.patterns` find. */
export const PATTERN = "redaction-pattern"

const withAnchors = [...structural, passwordHash, contextual, ...piiRules, ...hints]
const withoutAnchors = [...structuralWords, ...piiWords]

/** Built when first needed, once: they depend on no policy. */
let own: RuleSet | undefined

export const ownRules = (): RuleSet => (own ??= ruleSet(withAnchors, withoutAnchors))

/** Whether a rule of one's own would take the name of another one, and what that does with it. */
export const isTaken = (id: string): boolean =>
  id === NAMED_FIELD ||
  id === PATTERN ||
  [...withAnchors, ...withoutAnchors].some((rule) => rule.id === id || rule.labels?.[id] !== undefined)
