/** What `exoclaw onboard` asks. Nothing is written before the last answer. */
import * as Prompt from "effect/cli/Prompt"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { httpUrl } from "../../src/config/Values.ts"
import { toml } from "../../src/settings/Effective.ts"

/** What was chosen. */
export interface Answers {
  readonly provider: "anthropic" | "openai" | "offline"
  readonly model: string | undefined
  readonly baseUrl: string | undefined
  /** None where the provider needs none, or the one that is there is kept. */
  readonly key: Redacted.Redacted<string> | undefined
}

const choices = [
  { title: "Anthropic", value: "anthropic", description: "Claude" },
  { title: "OpenAI", value: "openai", description: "GPT" },
  {
    title: "Another address",
    value: "compatible",
    description: "Ollama, vLLM, ...: whatever speaks OpenAI's protocol"
  },
  { title: "Offline", value: "offline", description: "no key; a deterministic program, not a language model" }
] as const

const localUrl = "http://127.0.0.1:11434"

const suggestions = { anthropic: "claude-sonnet-4-5", openai: "gpt-5-mini", compatible: "llama3.2" } as const

const isModel = (text: string): Effect.Effect<string, string> =>
  /^\P{Cc}{1,256}$/u.test(text.trim()) ? Effect.succeed(text.trim()) : Effect.fail("Name a model.")

/** Nothing typed is the suggestion. The prompt's own default stands in the line, and what is typed would follow it. */
const orElse =
  (suggestion: string, check: (text: string) => Effect.Effect<string, string>) =>
  (text: string): Effect.Effect<string, string> =>
    check(text.trim() === "" ? suggestion : text)

const isUrl = (text: string): Effect.Effect<string, string> =>
  Schema.is(httpUrl)(text.trim())
    ? Effect.succeed(text.trim())
    : Effect.fail("An address begins with http:// or https:// and holds no user name.")

const isKey =
  (optional: boolean) =>
  (text: string): Effect.Effect<string, string> => {
    const key = text.trim()
    if (key === "" && optional) return Effect.succeed(key)
    return /^[\x21-\x7e]{1,4096}$/.test(key)
      ? Effect.succeed(key)
      : Effect.fail(key === "" ? "A key is needed." : "A key has no spaces and no characters outside ASCII.")
  }

/** Asks for everything. `hasKey` tells whether a provider's key is there already. */
export const ask = Effect.fnUntraced(function* (hasKey: (provider: string) => boolean) {
  const choice = yield* Prompt.Select({ message: "Whose model shall answer?", choices: [...choices] })
  if (choice === "offline") {
    return { provider: choice, model: undefined, baseUrl: undefined, key: undefined } satisfies Answers
  }
  const compatible = choice === "compatible"
  const provider = compatible ? "openai" : choice
  const baseUrl = compatible
    ? yield* Prompt.String({ message: `Its address (empty for ${localUrl})`, validate: orElse(localUrl, isUrl) })
    : undefined
  const suggestion = suggestions[choice]
  const model = yield* Prompt.String({
    message: `Model (empty for ${suggestion})`,
    validate: orElse(suggestion, isModel)
  })
  const replace =
    !hasKey(provider) ||
    (yield* Prompt.Confirm({ message: `There is a key for ${provider} already. Replace it?`, initial: false }))
  const key = replace
    ? yield* Prompt.Hidden({
        message: compatible ? "API key (not shown; empty for none)" : "API key (not shown)",
        validate: isKey(compatible)
      })
    : undefined
  return {
    provider,
    model,
    baseUrl,
    key: key === undefined || Redacted.value(key) === "" ? undefined : key
  } satisfies Answers
})

/** The `[agent]` table of these answers. */
export const agentTable = ({ baseUrl, model, provider }: Answers): string =>
  [
    "[agent]",
    `provider = ${toml(provider)}`,
    ...(model === undefined ? [] : [`model = ${toml(model)}`]),
    ...(baseUrl === undefined ? [] : [`base_url = ${toml(baseUrl)}`]),
    ""
  ].join("\n")
