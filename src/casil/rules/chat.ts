/**
 * Slack: `xox` and a letter, groups separated by dashes, one of them numeric; and incoming webhooks, whose path is the
 * secret. Sources: Slack, "Tokens" and "Sending messages using incoming webhooks"; Discord, "Authentication".
 */
import { alnum, BASE62, BASE64URL, chars, digit, DIGITS, has, runEnd, token } from "../CharClass.ts"
import type { Cursor } from "../engine/Cursor.ts"
import type { WordRule } from "../engine/RuleSet.ts"
import { isPlaceholder, looksRandom } from "../Randomness.ts"
import { whole } from "../Rule.ts"
import { sample } from "../Sample.ts"
import { type Format, format } from "./Format.ts"

const NUMBER = 8

const hasNumber = (text: string): boolean => {
  let inARow = 0
  for (let i = 0; i < text.length; i++) {
    inARow = has(digit, text.charCodeAt(i)) ? inARow + 1 : 0
    if (inARow === NUMBER) return true
  }
  return false
}

const made = (text: string, seed: number): string =>
  `${text.slice(0, text.indexOf("-") + 1)}${sample(DIGITS, 12, seed)}-${sample(DIGITS, 13, seed + 1)}-${sample(BASE62, 24, seed + 2)}`

const isPath = (path: string): boolean => {
  const parts = path.split("/")
  const last = parts.at(-1) ?? ""
  return parts.length >= 3 && last.length >= 18 && looksRandom(last) && !isPlaceholder(path)
}

const formats: ReadonlyArray<Format> = [
  {
    id: "slack-token",
    source: "Slack: tokens",
    pattern: "(?:xoxb-|xoxp-|xoxa-|xoxo-|xoxs-|xoxr-|xoxc-|xoxe-|xoxe.xoxb-|xoxe.xoxp-|xapp-)[A-Za-z0-9/-]{24,400}",
    right: token,
    genuine: (random, prefix) =>
      looksRandom(random) && (hasNumber(random) || prefix.startsWith("xoxe") || random.split("-").length > 2),
    make: made,
    counterExamples: ["xoxb-your-token-goes-right-here-please"]
  },
  {
    id: "slack-cookie",
    source: "Slack: the cookie that goes with a browser session's token",
    pattern: "xoxd-[A-Za-z0-9+/%]{60,400}",
    usual: 60
  },
  {
    id: "slack-webhook",
    source: "Slack: incoming webhooks",
    pattern: "(?:hooks.slack.com/services/|hooks.slack.com/workflows/|hooks.slack.com/triggers/)[A-Za-z0-9/]{32,200}",
    right: alnum,
    lead: whole,
    genuine: isPath,
    make: (text, seed) =>
      `${text.slice(0, text.indexOf("s/") + 2)}T${sample(BASE62.slice(0, 36), 8, seed)}/B${sample(BASE62.slice(0, 36), 10, seed + 1)}/${sample(BASE62, 24, seed + 2)}`,
    counterExamples: [
      "https://hooks.slack.com/services/",
      `https://hooks.slack.com/services/T${"0".repeat(8)}/B${"0".repeat(8)}/${"X".repeat(24)}`,
      "https://api.slack.com/messaging/webhooks"
    ]
  }
]

export const chat = formats.map(format)

/** A number in base64 begins with one of these. */
const id = chars("MNO")
const PARTS = [23, 28, 6, 6, 27, 40] as const

/** Three parts of known lengths; the first is the bot's id, so it begins like digits in base64. */
const isDiscord = (text: string): boolean => {
  const [id = "", time = "", hmac = "", more] = text.split(".")
  const fits =
    more === undefined &&
    id.length >= PARTS[0] &&
    id.length <= PARTS[1] &&
    time.length === PARTS[2] &&
    hmac.length >= PARTS[4] &&
    hmac.length <= PARTS[5]
  return fits && looksRandom(hmac) && !isPlaceholder(text)
}

const discordSet = chars(`${BASE64URL}.`)
const LEAST = PARTS[0] + PARTS[2] + PARTS[4] + 2

const findDiscord = (cursor: Cursor): void => {
  const { at, from, text } = cursor
  for (let i = from; i < at; i++) {
    const end = runEnd(discordSet, text, i, at)
    if (end - i >= LEAST && has(id, text.charCodeAt(i)) && isDiscord(text.slice(i, end))) return cursor.found(i, end)
    i = end
  }
}

/** A bot's token. It has no prefix but that of its numeric id in base64. */
export const discordToken: WordRule = {
  id: "discord-bot-token",
  tier: "structural",
  source: "Discord: authentication",
  first: token,
  shortest: LEAST,
  find: findDiscord
}
