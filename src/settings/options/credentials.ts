/** The environment of a gateway, as providers' keys and addresses are looked for in it. Pure. */
import * as Redacted from "effect/Redacted"
import type { Environment } from "../Settings.ts"

/** The environment as the credentials' order of precedence names it. */
export const credentialVariables = ({
  apiKeys,
  endpoints
}: Environment): Readonly<Record<string, string | undefined>> => {
  const reveal = (key: Redacted.Redacted<string> | undefined) => (key === undefined ? undefined : Redacted.value(key))
  return {
    ANTHROPIC_API_KEY: reveal(apiKeys.anthropic),
    OPENAI_API_KEY: reveal(apiKeys.openai),
    EXOCLAW_ANTHROPIC_ENDPOINT: endpoints.anthropic,
    EXOCLAW_OPENAI_ENDPOINT: endpoints.openai
  }
}
