/** `[memory]`: how much of the past a model is shown. */
import * as Schema from "effect/Schema"
import * as Section from "../config/Section.ts"
import { moneyLimit, tokenLimit } from "../config/OwnBudgets.ts"
import { httpUrl, int, text, timeZone } from "../config/Values.ts"

export const MemorySettings = Schema.Struct({
  ceiling: Section.key(int(256, 1_000_000), {
    doc: "Most that exoclaw adds to a request: soul, tool schemas, facts, recalled and recent turns.",
    allowed: "an integer from 256 to 1000000",
    unit: "tokens",
    default: 4000
  }),
  request_ceiling: Section.key(int(256, 10_000_000), {
    doc: "Most of a whole request, the user's message and tool results included.",
    allowed: "an integer from 256 to 10000000",
    unit: "tokens",
    default: 16_000
  }),
  episodic_window: Section.key(int(0, 1000), {
    doc: "Recent turns shown to the model, as far as they fit.",
    allowed: "an integer from 0 to 1000",
    unit: "turns",
    default: 5
  }),
  semantic_enabled: Section.key(Schema.Boolean, {
    doc: "Whether memory reaches beyond the recent turns: facts are learned, and earlier turns are recalled.",
    allowed: "true or false",
    default: true
  }),
  extraction: Section.key(Schema.Literals(["local", "model", "off"]), {
    doc: "How facts are found in what users say: by rules, for nothing; by rules, and afterwards by the agent's model, which costs; or not at all.",
    allowed: '"local", "model" or "off"',
    default: "local" as const
  }),
  extraction_model: Section.optional(text(128), {
    doc: "Another model of the agent's provider that finds facts, such as a cheaper one.",
    allowed: "a text of at most 128 characters",
    example: "claude-haiku-4-5"
  }),
  imported_requests: Section.key(Schema.Boolean, {
    doc: 'Whether standing requests ("always", "from now on") of an imported file hold as its user\'s own. Else they are kept as what a file says.',
    allowed: "true or false",
    default: false
  }),
  embedder: Section.key(Schema.Literals(["words", "none", "openai", "ollama"]), {
    doc: "Whose vectors recall compares: of words, which come with exoclaw; none; or a provider's, paid by whom it remembers.",
    allowed: '"words", "none", "openai" or "ollama"',
    default: "words" as const
  }),
  embedder_model: Section.optional(text(128), {
    doc: "The provider's embedding model; without it text-embedding-3-small or nomic-embed-text.",
    allowed: "a text of at most 128 characters",
    example: "text-embedding-3-small"
  }),
  embedder_url: Section.optional(httpUrl, {
    doc: "Where the provider is asked, if not at its own address: a server that speaks OpenAI's /v1/embeddings.",
    allowed: "an http:// or https:// address without credentials",
    example: "http://127.0.0.1:11434/v1"
  }),
  timezone: Section.key(timeZone, {
    doc: 'Time zone in which users mean "yesterday" and "on Friday".',
    allowed: 'an IANA time zone such as "UTC" or "Europe/Berlin"',
    default: "UTC"
  }),
  budget: Section.table(
    Schema.Struct({
      daily: tokenLimit("What a model that finds facts may use in a day, for everybody.", 200_000),
      monthly: tokenLimit("What it may use in a month."),
      usd: Section.table(
        Schema.Struct({
          daily: moneyLimit("What it may spend in a day."),
          monthly: moneyLimit("What it may spend in a month.")
        }),
        "The same in money."
      )
    }),
    'What `extraction = "model"` may spend, on top of [budgets]. Where it is spent, facts wait.'
  ),
  retention: Section.table(
    Schema.Struct({
      days: Section.optional(int(1, 36_500), {
        doc: "What was said longer ago is deleted: facts, and turns with their sessions' history. Without it nothing is.",
        allowed: "an integer from 1 to 36500",
        unit: "days",
        example: 365
      }),
      utterances: Section.key(int(100, 10_000_000), {
        doc: "Utterances that are kept of one principal and agent; the oldest turns are deleted first.",
        allowed: "an integer from 100 to 10000000",
        default: 200_000
      }),
      facts: Section.key(int(10, 100_000), {
        doc: "Statements that are kept of one principal and agent; those that hold no more are deleted first.",
        allowed: "an integer from 10 to 100000",
        default: 5_000
      })
    }),
    "How long memory keeps what it has."
  )
})
export type MemorySettings = typeof MemorySettings.Type
