/**
 * Slack: `xox` and a letter, groups separated by dashes, one of them numeric; and incoming webhooks, whose path is the
 * secret. Source: Slack documentation, "Tokens" and "Sending messages using incoming webhooks".
 */
import { alnum, BASE62, chars, digit, has, token } from "../CharClass.ts"
import { isPlaceholder, looksRandom } from "../Randomness.ts"
import { type Rule, run, whole } from "../Rule.ts"
import { sample } from "../Sample.ts"
import { prefixed } from "./prefixed.ts"

const DIGITS = "0123456789"

const hasNumber = (text: string): boolean => {
  let inARow = 0
  for (let i = 0; i < text.length; i++) {
    inARow = has(digit, text.charCodeAt(i)) ? inARow + 1 : 0
    if (inARow === 8) return true
  }
  return false
}

const make = (seed: number): string =>
  `${sample(DIGITS, 12, seed)}-${sample(DIGITS, 13, seed + 1)}-${sample(BASE62, 24, seed + 2)}`

export const slackToken: Rule = prefixed({
  id: "slack-token",
  prefixes: [
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xoxo-",
    "xoxs-",
    "xoxr-",
    "xoxc-",
    "xoxe-",
    "xoxe.xoxb-",
    "xoxe.xoxp-",
    "xapp-"
  ],
  alphabet: `${BASE62}-`,
  edge: token,
  min: 24,
  max: 400,
  genuine: (random, prefix) => looksRandom(random) && (hasNumber(random) || prefix.startsWith("xoxe")),
  make,
  counterExamples: ["xoxb-your-token-goes-right-here-please"]
})

/** The cookie that goes with a token of a browser's session; percent-encoded as a rule. */
export const slackCookie: Rule = prefixed({
  id: "slack-cookie",
  prefixes: ["xoxd-"],
  alphabet: `${BASE62}+/%`,
  min: 60,
  max: 400,
  usual: 120
})

const isPath = (path: string): boolean => {
  const parts = path.split("/")
  const last = parts.at(-1) ?? ""
  return parts.length >= 3 && last.length >= 18 && looksRandom(last) && !isPlaceholder(path)
}

export const slackWebhook: Rule = {
  id: "slack-webhook",
  anchors: ["hooks.slack.com/services/", "hooks.slack.com/workflows/", "hooks.slack.com/triggers/"],
  lead: whole,
  steps: [run(chars(`${BASE62}/`), 32, 200)],
  right: alnum,
  accept: (path) => (isPath(path) ? path.length : 0),
  example: (seed) => {
    const secret = `T${sample(BASE62.slice(0, 36), 8, seed)}/B${sample(BASE62.slice(0, 36), 10, seed + 1)}/${sample(BASE62, 24, seed + 2)}`
    return { text: `https://hooks.slack.com/services/${secret}`, secret }
  },
  counterExamples: () => [
    "https://hooks.slack.com/services/",
    `https://hooks.slack.com/services/T${"0".repeat(8)}/B${"0".repeat(8)}/${"X".repeat(24)}`,
    "https://api.slack.com/messaging/webhooks"
  ]
}
