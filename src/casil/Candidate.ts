/** One place where a rule may match, advanced character by character. */
import { type CharClass, has } from "./CharClass.ts"
import type { Rule, Step } from "./Rule.ts"

const DASH = 45
/** So many dashes end a body. */
const FENCE = 5

export interface Candidate {
  readonly rule: Rule
  readonly steps: ReadonlyArray<Step>
  readonly right: CharClass
  /** Where the secret would begin, counted from the beginning of the text. */
  readonly start: number
  /** Index of the current step, characters taken by it, and dashes in a row. */
  step: number
  taken: number
  dashes: number
  /** Taken for what it looks like: only its end is still unknown. */
  committed: boolean
}

export const candidate = (rule: Rule, start: number): Candidate => ({
  rule,
  steps: rule.steps,
  right: rule.right,
  start,
  step: 0,
  taken: 0,
  dashes: 0,
  committed: false
})

/** What a character did: the candidate goes on, ended before it, or was none. */
export type Advance = "open" | "ended" | "dead"

const takes = (self: Candidate, step: Step, code: number): boolean => {
  if (self.taken >= step.max) return false
  if (step.kind === "run") return has(step.set, code)
  if (step.kind === "literal") return step.text.charCodeAt(self.taken) === code
  self.dashes = code === DASH ? self.dashes + 1 : 0
  return self.dashes < FENCE && has(step.set, code)
}

/** Offers the next character. */
export const advance = (self: Candidate, code: number): Advance => {
  const { right, steps } = self
  for (;;) {
    const step = steps[self.step]
    if (step === undefined) return has(right, code) ? "dead" : "ended"
    if (takes(self, step, code)) {
      self.taken++
      return "open"
    }
    if (self.taken < step.min) return "dead"
    self.step++
    self.taken = 0
  }
}

/** The text is over: did the candidate end with it? */
export const ends = (self: Candidate): boolean => {
  const { steps } = self
  for (; self.step < steps.length; self.step++, self.taken = 0) {
    const step = steps[self.step]
    if (step === undefined || self.taken < step.min) return false
  }
  return true
}

/** Dashes at the end that belong to the fence, not to the body. */
export const fence = (self: Candidate): number => (self.dashes >= FENCE ? FENCE - 1 : 0)
