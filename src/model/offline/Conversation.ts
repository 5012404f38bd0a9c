/** A request's messages as the offline model reads them. */
import type { MessageEncoded } from "effect/ai/Prompt"
import { opening } from "../MemoryMarks.ts"
import type { ModelContent } from "../ModelRequest.ts"
import { hear } from "./Plan.ts"
import { isNothing, type Result } from "./Calls.ts"
import { type Known, learn, nothing, statement } from "./Facts.ts"
import { jsonObject } from "./Tools.ts"
import { readMemory } from "./Memories.ts"
import { shortEnough } from "./Words.ts"

export interface Conversation {
  /** The last message of the user. */
  readonly message: string
  /** What was known before it. */
  readonly before: Known
  /** Results of the tools called since. */
  readonly results: ReadonlyArray<Result>
  /** True until the model has said something. */
  readonly first: boolean
}

const textsOf = (message: MessageEncoded): ReadonlyArray<string> =>
  typeof message.content === "string"
    ? [message.content]
    : message.content.flatMap((part) => (part.type === "text" ? [part.text] : []))

const isMemory = (text: string): boolean => text.startsWith(opening)

/** What was said, without what memory added to it. */
const textOf = (message: MessageEncoded): string =>
  textsOf(message)
    .filter((text) => !isMemory(text))
    .join("\n")

const show = (value: unknown): string => {
  if (typeof value === "string") {
    const object = jsonObject(value)
    return object !== undefined && "content" in object ? show(object["content"]) : value
  }
  if (Array.isArray(value)) return value.map(show).join("\n")
  if (typeof value === "object" && value !== null)
    return "content" in value
      ? show(value.content)
      : Object.entries(value)
          .map(([key, item]) => `${key}: ${show(item)}`)
          .join("\n")
  return String(value)
}

const resultsOf = (message: MessageEncoded): ReadonlyArray<Result> =>
  message.role !== "tool"
    ? []
    : message.content.flatMap((part) =>
        part.type === "tool-result" ? [{ tool: part.name, text: show(part.result), failed: part.isFailure }] : []
      )

const runs = /\d+|\D+/g
const startsWithDigit = /^\d/

/** `note-2` before `note-10`: runs of digits by their value. Not the engine's collation, whose tables are 2 MB. */
const naturally = (left: ReadonlyArray<string>, right: ReadonlyArray<string>): number => {
  for (let at = 0; at < left.length && at < right.length; at++) {
    const [a = "", b = ""] = [left[at], right[at]]
    const numbers = startsWithDigit.test(a) && startsWithDigit.test(b) ? Number(a) - Number(b) : 0
    if (numbers !== 0) return numbers
    if (a !== b) return a < b ? -1 : 1
  }
  return left.length - right.length
}

const inOrder = (lines: Array<string>): ReadonlyArray<string> =>
  lines.length < 2
    ? lines
    : lines
        .map((line) => ({ line, key: line.toLowerCase().match(runs) ?? [] }))
        .sort((a, b) => naturally(a.key, b.key))
        .map(({ line }) => line)

/**
 * What the lines of a tool's result, or of a block of memory, state about the user. A line may have a key before it;
 * notes come in the order of their keys, so that a later one corrects an earlier one.
 */
export const readLines = (known: Known, text: string, loose: boolean): Known => {
  let now = known
  for (const raw of inOrder(text.slice(0, 8_000).split("\n"))) {
    const line = raw
      .replace(/^\s*(?:[-*\u2022]|\[?#?\d+[\].):]*)\s*/, "")
      .replace(/^[\w.-]{1,64}: /, "")
      .trim()
    if (isNothing(line) || !shortEnough(line)) continue
    const fact = statement(line) ?? (loose ? { subject: "", relation: "said" as const, value: line } : undefined)
    if (fact !== undefined) now = learn(now, fact)
  }
  return now
}

export const read = (content: ModelContent): Conversation => {
  const { messages } = content
  const at = messages.findLastIndex((message) => message.role === "user")
  const spoken = at < 0 ? undefined : messages[at]
  let known = nothing
  for (const text of spoken === undefined ? [] : textsOf(spoken).filter(isMemory)) known = readMemory(known, text)
  for (const block of content.system) known = readLines(known, block, false)
  for (const message of messages.slice(0, Math.max(0, at))) {
    if (message.role === "user") known = hear(known, textOf(message))
    // in order of time: what a note said is corrected by what the user said later
    for (const result of resultsOf(message))
      if (!result.failed && /note|memo/i.test(result.tool))
        known = { ...readLines(known, result.text, true), focus: known.focus }
  }
  return {
    message: spoken === undefined ? "" : textOf(spoken),
    before: known,
    results: messages.slice(at + 1).flatMap(resultsOf),
    first: !messages.some((message) => message.role === "assistant" && textOf(message).trim() !== "")
  }
}
