/** The structural tier: formats precise enough to act on. The order decides when two rules claim the same text. */
import type { WordRule } from "../engine/RuleSet.ts"
import type { Rule } from "../Rule.ts"
import { ai } from "./ai.ts"
import { auth } from "./auth.ts"
import { chat, discordToken } from "./chat.ts"
import { cloud } from "./cloud.ts"
import { code } from "./code.ts"
import { commerce } from "./commerce.ts"
import { jsonWebKey, privateKey, wireguard } from "./keys.ts"
import { platforms } from "./platforms.ts"
import { strings } from "./strings.ts"
import { urlCredentials } from "./url.ts"
import { watch } from "./watch.ts"
import { work } from "./work.ts"

export const structural: ReadonlyArray<Rule> = [
  privateKey,
  ...cloud,
  ...code,
  ...platforms,
  ...ai,
  ...chat,
  ...commerce,
  ...work,
  ...watch,
  jsonWebKey,
  wireguard,
  ...auth,
  ...strings,
  urlCredentials
]

export const structuralWords: ReadonlyArray<WordRule> = [discordToken]
