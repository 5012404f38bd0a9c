/** Reading a verb with its auxiliaries: which one, whether it is denied, and whether it holds now. */
import { at, eat, eatAny, type Tokens } from "./Cursor.ts"
import type { Lean } from "./DateWords.ts"
import { adverbs, determiners, modals } from "./Vocabulary.ts"

/** The verbs whose sentences are understood, with their forms. */
const table = `live lives lived living|reside resides resided residing|move moves moved moving
relocate relocates relocated relocating|work works worked working|join joins joined joining|leave leaves left leaving
quit quits quitting|start starts started starting|like likes liked liking|love loves loved loving
enjoy enjoys enjoyed enjoying|prefer prefers preferred preferring|adore adores adored adoring|hate hates hated hating
dislike dislikes disliked disliking|detest detests detested detesting|stand stands|eat eats ate eating
drink drinks drank drinking|own owns owned owning|adopt adopts adopted adopting|buy buys bought buying|get gets got getting
sell sells sold selling|lose loses lost losing|study studies studied studying|speak speaks spoke speaking
play plays played playing|drive drives drove driving|teach teaches taught teaching|collect collects collected collecting
marry marries married marrying|divorce divorces divorced divorcing|grow grows grew growing|die dies died dying
pass passes passed passing|retire retires retired retiring|graduate graduates graduated graduating
weigh weighs weighed|have has had having|go goes went going|name names named naming`

export type Lemma = "be" | (string & {})

const lemmas: ReadonlyMap<string, string> = new Map(
  table
    .split(/[|\n]/)
    .map((group) => group.trim().split(" "))
    .flatMap((forms) => forms.map((form): readonly [string, string] => [form, forms[0] ?? form]))
)
const pastForms = new Set(
  `lived resided moved relocated worked joined left started liked loved enjoyed preferred adored hated disliked detested
   ate drank owned adopted bought got sold lost studied spoke played drove taught collected married divorced grew died
   passed retired graduated weighed had went quit`.split(/\s+/)
)
const beForms = new Set(["am", "is", "are", "was", "were", "'s", "be", "been", "being", "'re", "'m"])

/** True for words that end a subject: after them it is said what it does. */
export const isVerb = (word: string): boolean =>
  lemmas.has(word) || beForms.has(word) || word === "do" || word === "does" || word === "did" || word === "will"

const irregular = new Set(
  `broke went came ran ate got took made saw met gave won spent found left fell became bit caught flew forgot hurt kept
   knew lost paid said sent slept told threw woke wrote did had was were`.split(/\s+/)
)
/** Whether a word looks like the past of a verb. */
export const looksPast = (word: string): boolean => irregular.has(word) || (word.endsWith("ed") && word.length > 4)

export interface VerbRead {
  readonly lemma: Lemma
  /** As it was said. */
  readonly form: string
  /** Behind the verb. */
  readonly next: number
  readonly denied: boolean
  /** It was so, and is not any more. */
  readonly over: boolean
  readonly lean: Lean
  /** Simple past of a single act or a state of then, as opposed to "have lived". */
  readonly past: boolean
  readonly perfect: boolean
}

/** Reads no further than this for the verb. */
const mostAuxiliaries = 8

/** The verb at a place, or undefined where it is none of ours, or says what could be and not what is. */
export const readVerb = (tokens: Tokens, from: number): VerbRead | undefined => {
  let denied = false
  let over = false
  let past = false
  let future = false
  let perfect = false
  let be = false
  let i = from
  const found = (lemma: Lemma, next: number): VerbRead => ({
    lemma,
    form: at(tokens, next - 1),
    next,
    denied,
    over,
    lean: future ? "future" : past || perfect ? "past" : "future",
    past: past && !perfect,
    perfect
  })
  for (let step = 0; step < mostAuxiliaries; step++) {
    const word = at(tokens, i)
    const longer = eat(tokens, i, "no", "longer") ?? eat(tokens, i, "not", "longer")
    if (longer !== undefined) {
      denied = true
      over = true
      i = longer
      continue
    }
    if (word === "not" || word === "never") {
      denied = true
      i += 1
      continue
    }
    if (adverbs.has(word)) {
      i += 1
      continue
    }
    const usedTo = be ? undefined : eat(tokens, i, "used", "to")
    if (usedTo !== undefined) {
      over = true
      past = true
      i = usedTo
      continue
    }
    if (word === "do" || word === "does" || word === "did") {
      past = past || word === "did"
      i += 1
      continue
    }
    if (word === "will" || word === "shall") {
      future = true
      i += 1
      continue
    }
    if (word === "can") {
      // "can't stand" and "can speak" say what is
      const ability = at(tokens, i + 1)
      if (ability !== "not" && ability !== "speak" && ability !== "play" && ability !== "drive") return undefined
      i += 1
      continue
    }
    if (modals.has(word)) return undefined
    if (beForms.has(word)) {
      past = past || word === "was" || word === "were"
      let after = i + 1
      let negation = false
      while (adverbs.has(at(tokens, after)) || at(tokens, after) === "not" || at(tokens, after) === "been") {
        negation = negation || at(tokens, after) === "not"
        after += 1
      }
      const going = eat(tokens, after, "going", "to")
      const longerAfter = eat(tokens, after, "no", "longer")
      // "I was going to move" says of nothing that it happened
      if (going !== undefined && past) return undefined
      if (going !== undefined && lemmas.has(at(tokens, going))) {
        denied = denied || negation
        future = true
        i = going
        continue
      }
      const verb = at(tokens, longerAfter ?? after)
      if (verb.endsWith("ing") && lemmas.has(verb) && verb !== "having" && verb !== "going") {
        denied = denied || negation || longerAfter !== undefined
        over = over || longerAfter !== undefined
        be = true
        i = longerAfter ?? after
        continue
      }
      denied = denied || negation || longerAfter !== undefined
      over = over || longerAfter !== undefined
      return found("be", longerAfter ?? after)
    }
    const lemma = lemmas.get(word)
    if (lemma === undefined) return undefined
    if (lemma === "have") {
      const ahead =
        eatAny(tokens, i + 1, ["not", "just", "recently", "already", "also", "since", "never", "always"]) ?? i + 1
      const next = at(tokens, ahead)
      const got = eat(tokens, i + 1, "got")
      if (got !== undefined && (determiners.has(at(tokens, got)) || at(tokens, got) === "no")) return found("have", got)
      const participle = lemmas.has(next) && !determiners.has(next) && next !== "having"
      if (participle || next === "been") {
        perfect = true
        i += 1
        if (at(tokens, i) === "been") i += 1
        continue
      }
      past = past || word === "had"
      return found("have", i + 1)
    }
    past = past || (pastForms.has(word) && !be)
    return found(lemma, i + 1)
  }
  return undefined
}
