/** What the offline model makes of one message of the user: steps that need tools, or a reply. */
import type { ToolSchema } from "../ModelRequest.ts"
import { correct, type Known, learn, objects, question, type Question, recall, sentenceOf, statement } from "./Facts.ts"
import { type Call, byName, byVerb, fill, noteFinder } from "./Tools.ts"
import { bare, shortEnough, tidy, unquote } from "./Words.ts"

/** One thing to do. A step without a call is answered in words. */
export type Step =
  | { readonly kind: "use"; readonly tool: string; readonly call: Call }
  | { readonly kind: "save"; readonly text: string | undefined; readonly corrects: boolean }
  | { readonly kind: "list" }
  | { readonly kind: "ask"; readonly asked: Question | undefined; readonly sentence: string }
  | { readonly kind: "noted"; readonly text: string }
  | { readonly kind: "noTool"; readonly name: string }
  | { readonly kind: "missing"; readonly tool: string; readonly field: string }
  | { readonly kind: "greet" | "thanks" | "bye" | "who" | "help" | "unclear" | "cannot" | "tools" }
  | { readonly kind: "long"; readonly text: string }

const useTool =
  /^(?:please )?(?:use|call|run|invoke|try)(?: the)?(?: tool)? ["'`]?([A-Za-z0-9_.-]+)["'`]?(?: tool)?(?: (?:to|with|on|for|and)|:|,)? *(.*)$/i
const keep =
  /^(?:please )?(?:remember|memori[sz]e|keep in mind|don't forget|do not forget|note|write down|jot down|save|store)(?: down)?(?:(?: (?:it|this|that|the (?:result|answer|output)))? (?:as|in|to) (?:(?:a|an|my|the|your) )?(?:notes?|memory)\b| (?:a|the) note\b| (?:it|this)\b(?! is))?(?: for me| for later)?(?: that| saying)?[,:]? *(.*)$/i
const list =
  /^(?:list|show|read|what are|what's in|tell me|give me|get)(?: me)?(?: all)?(?: of)?(?: (?:my|the|your))?(?: saved)? notes?$|^what (?:did|have) i (?:ask|asked|tell|told) you to (?:remember|note)|^what do you remember(?: about me)?$/i
const say = /^(?:after me|say|print|repeat|echo|send|output|write|shout|tell me)\b:? +(.+)$/i
const greeting =
  /^(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening|day)|greetings|howdy|moin|hallo|servus|guten (?:tag|morgen|abend)|ciao|hola|bonjour)(?:[ ,]+(?:there|exoclaw|again|you|all|everyone))?$/i
const thanks = /^(?:thanks|thank you|thx|cheers|danke|great|nice|perfect|cool|good|awesome|well done)\b.{0,40}$/i
const bye = /^(?:bye|goodbye|good night|see you|see ya|cya|farewell|tschüss)\b.{0,30}$/i
const who =
  /\b(?:who|what) are you\b|\bare you (?:an? )?(?:llm|ai|real|human|bot|person|gpt|claude|language model|robot)\b|\bwhat (?:model|llm) (?:are you|is this)\b|^how are you\b/i
const help = /^(?:help|what can you do|what do you do|how do(?:es)? (?:you|this) work)\b/i
const tools = /\b(?:what|which|list|show)\b.{0,20}\btools\b/i
const cannot =
  /^(?:write|compose|draft|translate|summari[sz]e|draw|paint|generate|create|explain|code|implement|debug|search|browse|google|book|buy|order|predict|tell me (?:a|about)|give me)\b|\b(?:weather|news|stock|forecast)\b/i
const asking = /^(?:what|who|where|when|which|how|why|do you|did i|does|is my|are my|tell me)\b/i
const requesting = /^(?:ok(?:ay)?|hey|please|and|so)?,? ?(?:can|could|would|will) you\b/i
const looksAsked = (text: string): boolean => asking.test(bare(text)) || (/\?\s*$/.test(text) && !requesting.test(text))

const command = /^(?:also |please )*(?:use|call|run|invoke|save|store|remember|note|write down|list|show)\b/i

/** Parts of a request joined by "then" or, before a command, by "and". Nothing inside quotes is cut. */
export const split = (text: string): ReadonlyArray<string> => {
  const parts: Array<string> = []
  let start = 0
  for (const match of text.matchAll(/[,;.]? (?:and then|and afterwards|then|and) /gi)) {
    const rest = text.slice(match.index + match[0].length)
    const quoted = (text.slice(0, match.index).match(/"/g) ?? []).length % 2 === 1
    if (quoted || !command.test(rest) || !command.test(text.slice(start))) continue
    parts.push(text.slice(start, match.index))
    start = match.index + match[0].length
  }
  parts.push(text.slice(start))
  return parts.map((part) => part.trim()).filter((part) => part !== "")
}

const toolStep = (tool: ToolSchema, words: string): Step => {
  const said = unquote(say.exec(words)?.[1] ?? words)
  const filled = fill(tool, said)
  return "missing" in filled
    ? { kind: "missing", tool: tool.name, field: filled.missing }
    : { kind: "use", tool: tool.name, call: { name: tool.name, params: filled.params } }
}

const single = (part: string, offered: ReadonlyArray<ToolSchema>, known: Known): Step => {
  const text = bare(part)
  const named = useTool.exec(text)
  if (named !== null) {
    const tool = byName(offered, named[1] ?? "")
    if (tool !== undefined) return toolStep(tool, named[2] ?? "")
    if (/\btool\b/i.test(text) || /^(?:please )?(?:use|call|invoke)\b/i.test(text))
      return { kind: "noTool", name: named[1] ?? "" }
  }
  if (list.test(text)) return { kind: "list" }
  if (tools.test(text)) return { kind: "tools" }
  const kept = keep.exec(text)
  if (kept !== null) return { kind: "save", text: kept[1] === "" ? undefined : unquote(kept[1] ?? ""), corrects: false }
  if (who.test(text)) return { kind: "who" }
  if (help.test(text)) return { kind: "help" }
  if (greeting.test(text)) return { kind: "greet" }
  const verb = /^([A-Za-z]+):? +(.+)$/.exec(text)
  const meant = verb === null || looksAsked(part) ? undefined : byVerb(offered, verb[1] ?? "")
  if (meant !== undefined) return toolStep(meant, verb?.[2] ?? "")
  const fixed = correct(known, text)
  if (fixed?.focus !== undefined && !looksAsked(part)) {
    const fact = fixed.focus
    const corrects = objects(text) || statement(text) === undefined
    return corrects ? { kind: "save", text: sentenceOf(fact), corrects } : { kind: "noted", text: sentenceOf(fact) }
  }
  const fact = looksAsked(part) ? undefined : statement(text)
  if (fact !== undefined) return { kind: "noted", text: sentenceOf(fact) }
  if (bye.test(text)) return { kind: "bye" }
  if (objects(text)) return { kind: "unclear" }
  const asked = question(text)
  const searches =
    recall(known, undefined, text) !== undefined || (noteFinder(offered) !== undefined && !cannot.test(text))
  if (asked !== undefined || (looksAsked(part) && searches)) return { kind: "ask", asked, sentence: text }
  if (thanks.test(text)) return { kind: "thanks" }
  return { kind: cannot.test(text) || looksAsked(part) ? "cannot" : "unclear" }
}

/** The steps of one message, in order, given what was said before it. */
export const plan = (message: string, offered: ReadonlyArray<ToolSchema>, known: Known): ReadonlyArray<Step> => {
  if (!shortEnough(message)) return [{ kind: "long", text: message }]
  const text = tidy(message)
  const parts = split(text)
  return parts.length === 0 ? [{ kind: "unclear" }] : parts.map((part) => single(part, offered, known))
}

/** What a message of the user adds to what is known. */
export const hear = (known: Known, message: string): Known => {
  if (!shortEnough(message)) return known
  let now = known
  for (const part of split(tidy(message))) {
    const text = bare(part)
    const kept = keep.exec(text)
    if (kept !== null && !useTool.test(text)) {
      const said = unquote(kept[1] ?? "")
      if (said !== "") now = learn(now, statement(said) ?? { subject: "", relation: "said", value: said })
      continue
    }
    if (looksAsked(part)) {
      const asked = question(text)
      const fact = recall(now, asked, text)
      if (asked !== undefined && fact !== undefined) now = { ...now, focus: fact }
      continue
    }
    const fixed = correct(now, text)
    const fact = statement(text)
    if (fixed !== undefined) now = fixed
    else if (fact !== undefined) now = learn(now, fact)
  }
  return now
}
