/** What memory adds to a message, as the offline model reads it: facts about the user, and what the user said before. */
import { closing, facts as factsTitle, instructions, recalled } from "../MemoryMarks.ts"
import { type Known, learn, statement } from "./Facts.ts"
import { hear } from "./Plan.ts"
import { shortEnough } from "./Words.ts"

const verbs: ReadonlyMap<string, string> = new Map(
  Object.entries({
    lives: "live",
    works: "work",
    likes: "like",
    prefers: "prefer",
    has: "have",
    is: "am",
    speaks: "speak",
    plays: "play"
  })
)

/** `- [2026-03-11] The user's dog is called "Luna" (from 2026-03-11).` */
const factLine = /^- \[[\d-]{10}\] (.+?)(?: \((from|until) [\d-]{10}\)| \((not any more)\))?(?: \(imported\))?\.$/

const unquoted = (text: string): string =>
  text.replace(/"((?:[^"\\]|\\.)*)"/g, (_, inner: string) => inner.replace(/\\(.)/g, "$1"))

/** In the user's own voice: "my dog is called Luna", "I live in LA". */
const inFirstPerson = (sentence: string): string => {
  // "the user's dog "Luna" is brown": the name beside the role says nothing new
  const plain = sentence.replace(/^(The user's [^"]+?) "(?:[^"\\]|\\.)*" (?=is|has|lives|works|likes)/, "$1 ")
  return unquoted(plain)
    .replace(/^The user's /, "my ")
    .replace(/^The user (\w+)/, (_, verb: string) => `I ${verbs.get(verb) ?? verb}`)
}

const readFact = (known: Known, line: string): Known => {
  const match = shortEnough(line) ? factLine.exec(line) : null
  if (match === null) return known
  const text = inFirstPerson(match[1] ?? "")
  if (text.startsWith("It is not so")) return known
  const fact = statement(text)
  if (match[2] === "until" || match[3] !== undefined) {
    return fact?.relation === "live" ? { ...learn(known, { ...fact, relation: "lived" }), focus: known.focus } : known
  }
  return { ...learn(known, fact ?? { subject: "", relation: "said", value: text }), focus: known.focus }
}

/** Facts come after what was recalled: they know what took the place of what. */
export const readMemory = (known: Known, text: string): Known => {
  let section = ""
  let now = known
  const facts: Array<string> = []
  for (const line of text.slice(0, 32_000).split("\n")) {
    if (line === factsTitle || line === recalled || line === instructions || line === closing) section = line
    else if (section === factsTitle) facts.push(line)
    else if (section === recalled && line.startsWith("user: ") && shortEnough(line)) {
      now = { ...hear(now, line.slice("user: ".length)), focus: known.focus }
    }
  }
  // what was said of where somebody lived before is told by the facts, with its end
  for (const line of facts) now = readFact(now, line)
  return now
}
