/**
 * Keys of services that programs call most. Sources: the vendors' API references (Stripe "API keys", Google Cloud "API
 * keys" and "OAuth 2.0", SendGrid "API keys", DigitalOcean, Shopify, PyPI, Telegram "Bot API").
 */
import { opens } from "../Boundary.ts"
import { alnum, BASE62, BASE64URL, digit, has, HEX, token, word } from "../CharClass.ts"
import { looksRandom } from "../Randomness.ts"
import { literal, none, type Rule, run } from "../Rule.ts"
import { sample } from "../Sample.ts"
import { prefixed } from "./prefixed.ts"

export const stripeKey: Rule = prefixed({
  id: "stripe-key",
  prefixes: ["sk_live_", "rk_live_"],
  alphabet: BASE62,
  edge: alnum,
  min: 16,
  max: 247,
  usual: 24
})

export const googleApiKey: Rule = prefixed({
  id: "google-api-key",
  prefixes: ["AIza"],
  alphabet: BASE64URL,
  min: 35,
  max: 35
})

export const googleOauthSecret: Rule = prefixed({
  id: "google-oauth-secret",
  prefixes: ["GOCSPX-"],
  alphabet: BASE64URL,
  min: 28,
  max: 28
})

/** Two random parts, 22 and 43 characters. */
export const sendgridKey: Rule = {
  id: "sendgrid-key",
  anchors: ["SG."],
  lead: none,
  left: token,
  steps: [run(token, 22, 22), literal("."), run(token, 43, 43)],
  right: token,
  accept: (candidate) => (looksRandom(candidate) ? candidate.length : 0),
  example: (seed) => {
    const secret = `SG.${sample(BASE64URL, 22, seed)}.${sample(BASE64URL, 43, seed + 1)}`
    return { text: secret, secret }
  },
  counterExamples: () => [
    "SG.",
    `SG.${sample(BASE64URL, 22, 1)}`,
    `SG.${sample(BASE64URL, 22, 2)}.${sample(BASE64URL, 42, 3)}`,
    `SG.${sample(BASE64URL, 21, 4)}.${sample(BASE64URL, 44, 5)}`
  ]
}

export const digitalOceanToken: Rule = prefixed({
  id: "digitalocean-token",
  prefixes: ["dop_v1_", "doo_v1_", "dor_v1_"],
  alphabet: HEX,
  edge: alnum,
  min: 64,
  max: 64
})

export const shopifyToken: Rule = prefixed({
  id: "shopify-token",
  prefixes: ["shpat_", "shpca_", "shppa_", "shpss_"],
  alphabet: HEX,
  edge: word,
  min: 32,
  max: 32
})

export const pypiToken: Rule = prefixed({
  id: "pypi-token",
  prefixes: ["pypi-AgEI"],
  alphabet: BASE64URL,
  min: 50,
  max: 1000,
  usual: 160
})

/** A bot's id: eight to ten digits at the end of `text`, at the beginning of a word or after `bot`, as in URLs. */
const endsWithBotId = (text: string): boolean => {
  let digits = 0
  while (digits < 10 && has(digit, text.charCodeAt(text.length - 1 - digits))) {
    digits++
    const before = text.slice(0, -digits)
    if (digits >= 8 && (opens(alnum, before) || before.endsWith("bot"))) return true
  }
  return false
}

/** The bot's id is public, what follows the colon is not. */
export const telegramBotToken: Rule = {
  id: "telegram-bot-token",
  anchors: [":AA"],
  lead: () => 1,
  behind: endsWithBotId,
  steps: [run(token, 33, 33)],
  right: token,
  accept: (candidate) => (looksRandom(candidate) ? candidate.length : 0),
  example: (seed) => {
    const secret = `AA${sample(BASE64URL, 33, seed)}`
    return { text: `${1 + (seed % 9)}${sample("0123456789", 8, seed)}:${secret}`, secret }
  },
  counterExamples: () => [
    `1234567:AA${sample(BASE64URL, 33, 1)}`,
    `123456789:AA${sample(BASE64URL, 32, 2)}`,
    `123456789:AA${sample(BASE64URL, 34, 3)}`,
    `123456789:AB${sample(BASE64URL, 33, 4)}`,
    "the ratio was 123456789:AA batteries"
  ]
}
