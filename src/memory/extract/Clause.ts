/** One clause: who is spoken of, which verb, and how what it states is put down. */
import type { Reading } from "./Phrases.ts"
import type { Mention, Mode, Stated } from "./Stated.ts"
import type { Subject } from "./Subjects.ts"
import type { VerbRead } from "./Verbs.ts"

export interface Clause {
  readonly reading: Reading
  readonly subject: Subject
  readonly verb: VerbRead
  /** Multiplies confidence: 1 unless the sentence is hedged. */
  readonly sureness: number
  readonly corrects: boolean
}

/** What a predicate finds: statements without their place, and where reading goes on. */
export interface Found {
  readonly facts: ReadonlyArray<Statement>
  readonly next: number
}

export type Statement = Omit<Stated, "start" | "end">

export type Parts = Partial<Pick<Stated, "object" | "mode" | "many" | "corrects" | "replaces" | "from" | "until">>

export const statement = (
  about: Mention,
  attribute: string,
  value: string,
  parts: Parts & { readonly confidence: number }
): Statement => ({
  about,
  attribute,
  value,
  object: undefined,
  mode: "holds",
  many: false,
  corrects: false,
  replaces: undefined,
  from: undefined,
  until: undefined,
  ...parts,
  confidence: Math.round(parts.confidence * 100) / 100
})

/** The mode that the verb gives: denied, over, or so. */
export const modeOf = ({ denied, over }: VerbRead): Mode => (denied ? "denied" : over ? "held" : "holds")

/** The same, but over where it was: "I was allergic to cats"; "I have been" still is. */
export const unlessPast = (verb: VerbRead): Mode => {
  const mode = modeOf(verb)
  return mode === "holds" && verb.past ? "held" : mode
}

/** A statement of the clause, about its subject unless told; `confidence` multiplies that of the subject. */
export const state = (
  { corrects, subject, sureness, verb }: Clause,
  attribute: string,
  value: string,
  {
    about = subject.about,
    confidence = 1,
    ...parts
  }: Parts & { readonly about?: Mention; readonly confidence?: number } = {}
): Statement =>
  statement(about, attribute, value, {
    mode: modeOf(verb),
    corrects,
    ...parts,
    confidence: subject.confidence * sureness * confidence
  })
