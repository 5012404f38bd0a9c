/** `[agent]` or `[[agents]]`: who answers, with which model and tools, and within which limits. */
import * as Schema from "effect/Schema"
import { ownBudgets } from "../config/OwnBudgets.ts"
import * as Section from "../config/Section.ts"
import { httpUrl, int, text, TokenLimit } from "../config/Values.ts"
import { AgentId, PluginName, ToolName } from "../domain/Ids.ts"

const provider = Schema.Literals(["offline", "anthropic", "openai"])
const providers = '"offline", "anthropic" or "openai"'
const model = text(256)
const busRoom = Schema.String.pipe(Schema.check(Schema.isPattern(/^[^\p{C}:*]{1,128}(?::[^\p{C}*]{1,512})?$/u)))
const names = "1 to 64 of A-Z a-z 0-9 _ . -"

export const FallbackSettings = Schema.Struct({
  provider: Section.required(provider, {
    doc: "Provider that is asked when the first one fails before it said anything.",
    allowed: providers,
    example: "openai"
  }),
  model: Section.optional(model, {
    doc: "Its model. Every provider but offline needs one.",
    allowed: "the name of a model",
    example: "gpt-4o-mini"
  }),
  base_url: Section.optional(httpUrl, {
    doc: "Its address, for anything that speaks the provider's protocol.",
    allowed: "an http:// or https:// address",
    example: "https://api.openai.com"
  })
})

export const AgentSettings = Schema.Struct({
  id: Section.key(AgentId, { doc: "Name of the agent.", allowed: names, default: "default" }),
  provider: Section.key(provider, {
    doc: "Whose model answers. offline needs no key and is not a language model.",
    allowed: providers,
    default: "offline"
  }),
  model: Section.optional(model, {
    doc: "Model, as the provider names it. Every provider but offline needs one.",
    allowed: "the name of a model",
    example: "claude-sonnet-4-5"
  }),
  base_url: Section.optional(httpUrl, {
    doc: "Address of the provider, for Ollama and anything else that speaks its protocol.",
    allowed: "an http:// or https:// address",
    example: "http://127.0.0.1:11434"
  }),
  api_key: Section.optional(Schema.RedactedFromValue(text(4096)), {
    doc: "API key. Better in the environment or in the credentials folder, which both come first.",
    allowed: "a text without line breaks",
    example: "sk-...",
    secret: true
  }),
  max_tokens: Section.key(int(1, 1_000_000), {
    doc: "Most output of one model call; a budget may clamp it to less.",
    allowed: "an integer from 1 to 1000000",
    unit: "tokens",
    default: 4096
  }),
  system_prompt: Section.optional(Schema.String.pipe(Schema.check(Schema.isMaxLength(65_536))), {
    doc: "Instructions that come before every conversation.",
    allowed: "a text of at most 65536 characters",
    example: "Answer in one sentence."
  }),
  soul_path: Section.optional(text(4096), {
    doc: "File with the agent's character, at most 1000 tokens. Without it: soul.md in the state folder, if there.",
    allowed: "the path of a file",
    example: "soul.md"
  }),
  tools: Section.optional(Schema.Array(ToolName), {
    doc: "Tools the agent may call. Without it: those of all plugins; an empty list: none.",
    allowed: "a list of tool names",
    example: ["echo"]
  }),
  approve: Section.key(Schema.Array(ToolName), {
    doc: "Tools whose every call waits until a person with the scope approve has answered.",
    allowed: "a list of tool names",
    default: []
  }),
  skill: Section.optional(PluginName, {
    doc: "Plugin that answers instead of a model.",
    allowed: "the name of a plugin",
    example: "notes"
  }),
  rooms: Section.key(Schema.Array(busRoom), {
    doc: "Where on the bus it answers what is said by whoever may chat: rooms, or single channels of them.",
    allowed: 'a list of "ROOM" or "ROOM:CHANNEL"',
    default: []
  }),
  cache: Section.key(Schema.Boolean, {
    doc: "Whether Anthropic may keep what comes again of this agent's prompts: reading it costs a tenth, writing it a quarter more.",
    allowed: "true or false",
    default: true
  }),
  max_model_calls: Section.key(int(1, 1000), {
    doc: "Model calls in one turn.",
    allowed: "an integer from 1 to 1000",
    default: 16
  }),
  max_tool_calls: Section.key(int(0, 1000), {
    doc: "Tool calls in one turn.",
    allowed: "an integer from 0 to 1000",
    default: 32
  }),
  max_tokens_per_minute: Section.optional(TokenLimit, {
    doc: "Tokens one turn may use in a minute; one that spends faster is stopped. Without it: an eighth of budgets.daily, at least 100000.",
    allowed: 'a whole number of tokens, or "unlimited"',
    unit: "tokens",
    example: 250_000
  }),
  max_seconds: Section.key(int(1, 86_400), {
    doc: "How long a turn may take.",
    allowed: "an integer from 1 to 86400",
    unit: "seconds",
    default: 300
  }),
  fallback: Section.optionalTable(FallbackSettings, "Second provider, for when the first one is down."),
  budgets: Section.table(ownBudgets("this agent"), "What this agent may spend, on top of [budgets].")
})
export type AgentSettings = typeof AgentSettings.Type
