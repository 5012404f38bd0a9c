/**
 * What a user's message states about them: facts, with the days they mean, and standing instructions. Deterministic and
 * linear in the message; reads nothing but the message, the day, and what was stated last. English sentences are
 * understood; of others, nothing is made up.
 */
import { readSentence } from "./Clauses.ts"
import { readInstruction } from "./Instructions.ts"
import { sentencesOf } from "./Sentences.ts"
import type { Extracted, Focus, Instruction, Moment, Stated } from "./Stated.ts"

/** Facts and instructions taken from one message at most. */
export const mostFacts = 32
export const mostInstructions = 8

export const extract = (message: string, { today }: Moment, last?: Focus): Extracted => {
  const { stated, told } = sentencesOf(message)
  const instructions: Array<Instruction> = []
  const taken = new Set<number>()
  for (const tokens of told) {
    if (instructions.length >= mostInstructions) break
    const found = readInstruction(message, tokens)
    if (found === undefined) continue
    instructions.push(found)
    taken.add(found.start)
  }
  const facts: Array<Stated> = []
  let context: Parameters<typeof readSentence>[1] = { being: undefined, last }
  for (const tokens of stated) {
    const place = tokens[0]?.start
    if (place === undefined || taken.has(place)) continue
    if (facts.length >= mostFacts) break
    const read = readSentence({ message, tokens, today }, context)
    facts.push(...read.facts)
    context = read
  }
  return { facts: unique(facts).slice(0, mostFacts), instructions }
}

/** One of each: "my sister Anna" may be said in every sentence. */
const unique = (facts: ReadonlyArray<Stated>): ReadonlyArray<Stated> => {
  const seen = new Set<string>()
  return facts.filter((fact) => {
    const { about, attribute, mode, object, value } = fact
    const key = JSON.stringify([about, attribute, value, object, mode])
    return seen.has(key) ? false : seen.add(key) !== undefined
  })
}
