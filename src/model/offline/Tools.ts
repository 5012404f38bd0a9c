/** Which of the offered tools a request means, and what to call it with. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Json, JsonObject } from "../../domain/Json.ts"
import type { ToolSchema } from "../ModelRequest.ts"
import { keywords, unquote } from "./Words.ts"

export interface Call {
  readonly name: string
  readonly params: JsonObject
}

const parseJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))
const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)
const objectAt = (object: JsonObject, key: string): JsonObject => {
  const value = object[key]
  return isObject(value) ? value : {}
}

/** The JSON object that a text is, if it is one. */
export const jsonObject = (text: string): JsonObject | undefined =>
  Option.getOrUndefined(Option.filter(parseJson(text), isObject))

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]+/g, "")

/** The tool of this name, whatever its capitals, hyphens and underscores. */
export const byName = (tools: ReadonlyArray<ToolSchema>, name: string): ToolSchema | undefined =>
  tools.find((tool) => plain(tool.name) === plain(name))

/** The tool whose name or description has this verb in it, so that "repeat hello" finds a tool that repeats. */
export const byVerb = (tools: ReadonlyArray<ToolSchema>, verb: string): ToolSchema | undefined => {
  const [wanted] = keywords(verb)
  if (wanted === undefined || wanted.length < 4) return undefined
  const takesText = tools.filter((tool) => textField(tool) !== undefined)
  return (
    takesText.find((tool) => keywords(tool.name.replace(/[_-]/g, " ")).includes(wanted)) ??
    takesText.find((tool) => keywords(tool.description).includes(wanted))
  )
}

const purpose =
  (verbs: RegExp) =>
  (tools: ReadonlyArray<ToolSchema>): ToolSchema | undefined => {
    const notes = tools.filter((tool) => /note|memo/i.test(`${tool.name} ${tool.description}`))
    return notes.find((tool) => verbs.test(tool.name)) ?? notes.find((tool) => verbs.test(tool.description))
  }

/** The tool that keeps a note. */
export const noteSaver = purpose(/save|add|store|create|write|remember|keep/i)
/** The tool that finds notes by a word. */
export const noteFinder = purpose(/find|search|query|lookup|recall/i)
/** The tool that gives the notes, or their keys. */
export const noteLister = purpose(/list|show|all/i)
/** The tool that reads one note. */
export const noteGetter = purpose(/get|read|fetch/i)

const textKeys = ["message", "text", "content", "input", "note", "body", "query", "prompt", "value", "q"]

const fieldOf = (type: string, properties: JsonObject, required: ReadonlyArray<string>): string | undefined => {
  const keys = Object.keys(properties).filter((key) => objectAt(properties, key)["type"] === type)
  const must = keys.filter((key) => required.includes(key))
  return textKeys.find((key) => must.includes(key)) ?? must[0] ?? textKeys.find((key) => keys.includes(key)) ?? keys[0]
}

const listOf = (value: Json | undefined): ReadonlyArray<Json> => (Array.isArray(value) ? value : [])
const requiredOf = (tool: ToolSchema): ReadonlyArray<string> => listOf(tool.inputSchema["required"]).map(String)

// The property that takes what the user said.
const textField = (tool: ToolSchema): string | undefined =>
  fieldOf("string", objectAt(tool.inputSchema, "properties"), requiredOf(tool))

const valueFor = (property: JsonObject, text: string): Json | undefined => {
  const choices = listOf(property["enum"])
  if (choices.length > 0)
    return choices.find((choice) => text.toLowerCase().includes(String(choice).toLowerCase())) ?? choices[0]
  switch (property["type"]) {
    case "number":
    case "integer": {
      const match = /-?\d+(?:\.\d+)?/.exec(text)
      return match === null ? undefined : Number(match[0])
    }
    case "boolean":
      return !/\b(?:no|not|off|false)\b/i.test(text)
    case "array":
      return [text]
    case "object":
      return {}
    default:
      return text
  }
}

/**
 * The tool's input, filled from the words of a request along the tool's JSON Schema; a JSON object in the request is
 * taken as it is. `missing` names a required property that nothing in the text could fill.
 */
export const fill = (
  tool: ToolSchema,
  text: string
): { readonly params: JsonObject } | { readonly missing: string } => {
  const given = jsonObject(text)
  if (given !== undefined) return { params: given }
  const properties = objectAt(tool.inputSchema, "properties")
  const required = requiredOf(tool)
  const field = textField(tool)
  const said =
    field === undefined
      ? text
      : text.replace(new RegExp(`^(?:the )?${field.replace(/\W/g, ".")}(?:\\s*[=:]\\s*| )`, "i"), "")
  const main = unquote(said)
  const params: Record<string, Json> = {}
  for (const key of required) {
    const value = valueFor(objectAt(properties, key), key === field ? main : text)
    if (value === undefined || value === "") return { missing: key }
    params[key] = value
  }
  if (field !== undefined && params[field] === undefined && main !== "") params[field] = main
  return { params }
}
