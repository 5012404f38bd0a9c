/**
 * The offline model: a deterministic program that holds a conversation well enough to show a runtime at work.
 * It is no language model and says so in its first reply. The same request always has the same answer.
 */
import type { ModelContent } from "../ModelRequest.ts"
import { listedKeys, isNothing, nextCall, type Result } from "./Calls.ts"
import { read, readLines } from "./Conversation.ts"
import { answerOf, type Known, recall } from "./Facts.ts"
import { hear, plan, type Step } from "./Plan.ts"
import { type Call, noteFinder, noteLister, noteSaver } from "./Tools.ts"
import { capital, shorten, toYou } from "./Words.ts"

/** A reply in words, or the next tool to call. */
export type Answer = { readonly kind: "text"; readonly text: string } | { readonly kind: "call"; readonly call: Call }

export const introduction =
  "I am exoclaw's offline model: a deterministic program, not an LLM. To talk to a real model, run `exoclaw onboard`, or set ANTHROPIC_API_KEY or OPENAI_API_KEY and name the provider in the configuration."

const abilities =
  "I can remember what you tell me, answer from it, take corrections, and call the tools of this gateway."

const toolList = (names: ReadonlyArray<string>): string =>
  names.length === 0 ? "No tools are offered to me here." : `I can call: ${names.join(", ")}.`

const size = (text: string): string => {
  const words = text.match(/\S+/g) ?? []
  const lines = text.split("\n").length
  return `That is a long message: ${[...text].length} characters, ${words.length} words, ${lines} ${lines === 1 ? "line" : "lines"}. It begins "${shorten(words.slice(0, 8).join(" "), 80)}" and ends "${shorten(words.slice(-5).join(" "), 80)}". I am not an LLM, so I can measure it but not summarise what it means.`
}

interface Scene {
  readonly content: ModelContent
  readonly before: Known
  readonly after: Known
  readonly first: boolean
}

const quoted = (text: string): string =>
  text.includes("\n") ? `\n${shorten(text, 1_000)}` : ` "${shorten(text, 1_000)}"`

const notesOf = (listed: Result, read: ReadonlyArray<Result>, scene: Scene): string => {
  if (isNothing(listed.text)) return "There are no notes yet."
  const keys = listedKeys(scene.content.tools, listed.text)
  const lines = keys.map((key, i) => `- ${key}: ${shorten(read[i]?.text ?? "", 200)}`)
  return `Your notes:${lines.length === 0 ? quoted(listed.text) : `\n${lines.join("\n")}`}`
}

const afterCalls = (step: Step, [result, ...more]: readonly [Result, ...Array<Result>], scene: Scene): string => {
  const failed = [result, ...more].find((one) => one.failed)
  if (failed !== undefined) return `The tool ${failed.tool} failed:${quoted(failed.text)}`
  switch (step.kind) {
    case "save":
      return step.corrects
        ? `Corrected, and saved: ${toYou(step.text ?? "")}.`
        : step.text === undefined
          ? "I saved that as a note."
          : `I saved that: ${toYou(step.text)}.`
    case "list":
      return notesOf(result, more, scene)
    case "ask": {
      const fact = recall(readLines(scene.before, result.text, true), step.asked, step.sentence)
      if (fact !== undefined) return answerOf(fact)
      return step.asked === undefined
        ? "I do not know: you have not told me, it is not in your notes, and I am not an LLM."
        : "You have not told me that, and it is not in your notes."
    }
    default:
      return `${result.tool} answered:${quoted(result.text)}`
  }
}

const inWords = (step: Step, scene: Scene): string => {
  const names = scene.content.tools.map((tool) => tool.name)
  const me = scene.after.facts.get("me:name")
  switch (step.kind) {
    case "save": {
      if (step.text === undefined && scene.after.focus === undefined)
        return "There is nothing yet to save. Tell me what to remember."
      const where = noteSaver(scene.content.tools) === undefined ? " for this conversation" : ""
      const text = toYou(step.text ?? "that")
      return step.corrects ? `Corrected${where}: ${text}.` : `I will remember${where}: ${text}.`
    }
    case "noted":
      return `Understood: ${toYou(step.text)}.`
    case "list": {
      const facts = [...scene.after.facts.values()]
      return facts.length === 0
        ? "You have told me nothing to remember yet."
        : `What you told me:\n${facts.map((fact) => `- ${answerOf(fact)}`).join("\n")}`
    }
    case "ask": {
      const fact = recall(scene.before, step.asked, step.sentence)
      if (fact !== undefined) return answerOf(fact)
      const notes =
        noteFinder(scene.content.tools) === undefined && noteLister(scene.content.tools) === undefined
          ? ""
          : ", and it is not in your notes"
      return `You have not told me that${notes}.`
    }
    case "greet":
      return me === undefined ? "Hello!" : `Hello, ${me.value}!`
    case "thanks":
      return "You are welcome."
    case "bye":
      return me === undefined ? "Goodbye." : `Goodbye, ${me.value}.`
    case "who":
      return scene.first ? abilities : `${introduction} ${abilities}`
    case "help":
      return `${abilities} ${toolList(names)} Try: "remember that my dog is called Luna", then "what is my dog called?"${names.length === 0 ? "" : `, or "use ${names[0]} to say hi"`}.`
    case "tools":
      return toolList(names)
    case "noTool":
      return `There is no tool called ${shorten(step.name, 64)} here. ${toolList(names)}`
    case "missing":
      return `The tool ${step.tool} needs "${step.field}", and I could not find it in your message.`
    case "long":
      return size(step.text)
    case "cannot":
      return `I cannot do that: I am a deterministic program, not an LLM, and I make nothing up. ${abilities}`
    default:
      return `I did not understand that: I am a deterministic program, not an LLM. ${abilities} Ask me "what can you do?" for examples.`
  }
}

/** The next thing the model does. */
export const respond = (content: ModelContent): Answer => {
  const talk = read(content)
  const steps = plan(talk.message, content.tools, talk.before)
  const scene: Scene = { content, before: talk.before, after: hear(talk.before, talk.message), first: talk.first }
  const said: Array<string> = []
  let used = 0
  let last: string | undefined
  for (const step of steps) {
    const done: Array<Result> = []
    for (;;) {
      const call = nextCall(step, content.tools, scene.before, done, last)
      if (call === undefined) break
      const result = talk.results[used]
      if (result === undefined) return { kind: "call", call }
      used += 1
      done.push(result)
      if (result.failed) break
    }
    const [first, ...more] = done
    said.push(first === undefined ? inWords(step, scene) : afterCalls(step, [first, ...more], scene))
    last = done.at(-1)?.text ?? last
    if (done.some((one) => one.failed)) break
  }
  const text = said.map(capitalOf).join(said.length > 1 ? "\n" : " ")
  return { kind: "text", text: talk.first ? `${text}\n\n${introduction}` : text }
}

// A tool's name keeps its own case at the start of a sentence.
const capitalOf = (text: string): string => (/^\S*[_-]|^\S+ answered/.test(text) ? text : capital(text))
