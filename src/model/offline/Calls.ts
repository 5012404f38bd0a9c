/** Which tool a step calls next, given what its calls have brought so far. */
import type { ToolSchema } from "../ModelRequest.ts"
import { type Known, recall, sentenceOf } from "./Facts.ts"
import type { Step } from "./Plan.ts"
import { type Call, fill, noteFinder, noteGetter, noteLister, noteSaver } from "./Tools.ts"
import { keywords } from "./Words.ts"

/** What a tool said. */
export interface Result {
  readonly tool: string
  readonly text: string
  readonly failed: boolean
}

/** More notes than this are named, not read. */
const mostRead = 8

const callOf = (tool: ToolSchema | undefined, text: string): Call | undefined => {
  const filled = tool === undefined ? undefined : fill(tool, text)
  return tool === undefined || filled === undefined || "missing" in filled
    ? undefined
    : { name: tool.name, params: filled.params }
}

/** True where a tool says that there is nothing. */
export const isNothing = (text: string): boolean =>
  /^\s*(?:no notes?\b|there (?:are|is|was) no\b|nothing\b|$)/i.test(text)

/** The keys in a list of notes, where they are to be read one by one. */
export const listedKeys = (offered: ReadonlyArray<ToolSchema>, listed: string): ReadonlyArray<string> => {
  const keys = isNothing(listed) ? [] : listed.split("\n").filter((line) => line.trim() !== "")
  const readable = noteGetter(offered) !== undefined && keys.length <= mostRead && keys.every((key) => !/\s/.test(key))
  return readable ? keys : []
}

// A tool that finds by a word is given the one that says most: the thing asked about, else the longest.
const queryOf = (step: Extract<Step, { readonly kind: "ask" }>): string => {
  const subject = step.asked?.subject
  if (subject !== undefined && subject !== "me") return subject
  if (subject === "me") return step.asked?.relations[0] === "live" ? "live" : (step.asked?.relations[0] ?? "name")
  return [...keywords(step.sentence)].sort((a, b) => b.length - a.length)[0] ?? step.sentence
}

/** The next call of a step, or undefined once it has all it needs. `last` is the result of the step before it. */
export const nextCall = (
  step: Step,
  offered: ReadonlyArray<ToolSchema>,
  known: Known,
  done: ReadonlyArray<Result>,
  last: string | undefined
): Call | undefined => {
  const [first] = done
  switch (step.kind) {
    case "use":
      return first === undefined ? step.call : undefined
    case "save": {
      const text = step.text ?? last ?? (known.focus === undefined ? undefined : sentenceOf(known.focus))
      return first === undefined && text !== undefined ? callOf(noteSaver(offered), text) : undefined
    }
    case "list": {
      if (first === undefined) return callOf(noteLister(offered), "")
      const key = listedKeys(offered, first.text)[done.length - 1]
      return key === undefined ? undefined : callOf(noteGetter(offered), key)
    }
    case "ask":
      if (first !== undefined || recall(known, step.asked, step.sentence) !== undefined) return undefined
      return callOf(noteFinder(offered), queryOf(step)) ?? callOf(noteLister(offered), "")
    default:
      return undefined
  }
}
