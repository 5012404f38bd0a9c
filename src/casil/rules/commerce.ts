/** Payments, shops, mail and messages. Sources: the issuers' own documentation of their key formats. */
import { alnum, BASE64URL, chars, digit, has, HEX, nothing } from "../CharClass.ts"
import { opens } from "../engine/Boundary.ts"
import { type Format, format } from "./Format.ts"

const edge = chars(BASE64URL)
const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

/** A bot's id: eight to ten digits at the end of `text`, at the beginning of a word or after `bot`, as in URLs. */
const endsWithBotId = (text: string): boolean => {
  let digits = 0
  while (digits < 10 && has(digit, text.charCodeAt(text.length - 1 - digits))) {
    digits++
    const before = text.slice(0, -digits)
    if (digits >= 8 && (opens(alnum, before, before.length, 0) || before.endsWith("bot"))) return true
  }
  return false
}

const formats: ReadonlyArray<Format> = [
  {
    id: "stripe-key",
    source: "Stripe: API keys",
    pattern: "(?:sk_live|rk_live|sk_test|rk_test|sk_org_live)_[A-Za-z0-9]{16,247}",
    left: alnum,
    usual: 8
  },
  { id: "stripe-webhook-secret", source: "Stripe: webhook signatures", pattern: "whsec_[A-Za-z0-9+/]{32,64}" },
  { id: "square-token", source: "Square: access tokens", pattern: "(?:sq0atp|sq0atb)-[\\w-]{22}" },
  { id: "square-secret", source: "Square: OAuth", pattern: "sq0csp-[\\w-]{43}" },
  { id: "square-access-token", source: "Square: access tokens", pattern: "EAAA[\\w-]{59,64}", left: edge },
  {
    id: "paypal-token",
    source: "Braintree: access tokens",
    pattern: "(?:access_token$production$|access_token$sandbox$)[a-z0-9]{16}$[0-9a-f]{32}"
  },
  {
    id: "plaid-token",
    source: "Plaid: access tokens",
    pattern: `(?:access-production|access-sandbox|access-development)-${UUID}`
  },
  { id: "pagarme-key", source: "Pagar.me: API keys", pattern: "(?:ak_live|ak_test)_[A-Za-z0-9]{24,40}", left: edge },
  { id: "razorpay-key", source: "Razorpay: API keys", pattern: "(?:rzp_live|rzp_test)_[A-Za-z0-9]{14}" },
  { id: "flutterwave-key", source: "Flutterwave: API keys", pattern: "(?:FLWSECK_TEST|FLWSECK)-[0-9a-zA-Z]{12,32}-X" },
  { id: "easypost-key", source: "EasyPost: API keys", pattern: "(?:EZAK|EZTK)[A-Za-z0-9]{54}" },
  { id: "shippo-token", source: "Shippo: API tokens", pattern: "(?:shippo_live|shippo_test)_[0-9a-fA-F]{40}" },
  { id: "duffel-token", source: "Duffel: access tokens", pattern: "(?:duffel_live|duffel_test)_[\\w-]{43}" },
  {
    id: "shopify-token",
    source: "Shopify: access tokens and app secrets",
    pattern: "(?:shpat|shpca|shppa|shpss)_[A-Za-z0-9]{32,40}"
  },
  {
    id: "sendgrid-key",
    source: "SendGrid: API keys",
    pattern: "SG\\.[\\w-]{20,24}\\.[\\w-]{39,50}",
    usual: 2,
    left: edge
  },
  { id: "mailgun-key", source: "Mailgun: API keys", pattern: "key-[0-9a-f]{32}", left: edge },
  {
    id: "mailchimp-key",
    source: "Mailchimp: API keys",
    behind: [32, HEX],
    pattern: "-us[0-9]{1,2}"
  },
  { id: "mandrill-key", source: "Mandrill: API keys", pattern: "md-[\\w-]{22}", left: edge },
  {
    id: "brevo-key",
    source: "Brevo: API keys",
    pattern: "(?:xkeysib|xsmtpsib)-[0-9a-f]{64}-[A-Za-z0-9]{16}"
  },
  { id: "resend-key", source: "Resend: API keys", pattern: "re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}", left: edge },
  { id: "twilio-key", source: "Twilio: API keys and account SIDs", pattern: "(?:SK|AC)[0-9a-f]{32}" },
  { id: "klaviyo-key", source: "Klaviyo: private API keys", pattern: "pk_[0-9a-f]{34}", left: alnum },
  {
    id: "telegram-bot-token",
    source: "Telegram: Bot API",
    // the bot's id before the colon is public
    pattern: ":AA[\\w-]{32,34}",
    left: nothing,
    after: endsWithBotId,
    lead: () => 1,
    around: "123456789%",
    usual: 1,
    counterExamples: [`1234567:AA${"aB3".repeat(11)}`, "the ratio was 123456789:AA batteries"]
  },
  {
    id: "gocardless-token",
    source: "GoCardless: access tokens",
    pattern: "live_[A-Za-z0-9_=-]{40}",
    left: edge
  },
  { id: "lob-key", source: "Lob: API keys", pattern: "(?:live|test)_[0-9a-f]{35}", left: edge },
  { id: "storecove-key", source: "Storecove: API keys", pattern: "storecove_[\\w-]{40}" }
]

export const commerce = formats.map(format)
