/** Providers that an agent has and nobody gave a key for: every turn of it would fail. */
import * as fs from "node:fs"
import * as path from "node:path"
import type { SettingsShape } from "../../src/settings/Settings.ts"
import { noKeyFor } from "./Credentials.ts"

type Known = Pick<SettingsShape, "environment" | "stateDir" | "values">

/** Another address may need none. */
export const providersWithoutKey = ({ environment, stateDir, values }: Known): ReadonlyArray<string> => {
  const used = values.agents.flatMap(({ api_key, base_url, fallback, provider }) => [
    { provider, hasOwn: api_key !== undefined || base_url !== undefined },
    ...(fallback === undefined
      ? []
      : [{ provider: fallback.provider, hasOwn: api_key !== undefined || fallback.base_url !== undefined }])
  ])
  const missing = used.flatMap(({ hasOwn, provider }) => {
    if (provider === "offline" || hasOwn || environment.apiKeys[provider] !== undefined) return []
    return fs.existsSync(path.join(stateDir, "credentials", `${provider}.key`)) ? [] : [provider]
  })
  return [...new Set(missing)]
}

/** What is said at the start, so that the first message is not the first to tell. */
export const missingKeysNote = (settings: Known): string | undefined => {
  const missing = providersWithoutKey(settings)
  return missing.length === 0 ? undefined : missing.map(noKeyFor).join("\n")
}
