/** What a name says about the value beside it: which kind of secret, if any, and how plainly. */
import { has, lower, upper } from "../CharClass.ts"

/** What a name calls its value. */
export type Kind = "password" | "secret" | "token" | "key" | "auth" | "credential" | "nonce" | "other" | "vendor"
export const KINDS: ReadonlyArray<Kind> = [
  "password",
  "secret",
  "token",
  "key",
  "auth",
  "credential",
  "nonce",
  "other",
  "vendor"
]

/** Words that names of secrets are made of, in lower case, and what they call them. The longest one in a word counts. */
const WORDS: Readonly<Record<string, Kind>> = {
  password: "password",
  passwd: "password",
  passphrase: "password",
  passcode: "password",
  passwort: "password",
  pass: "password",
  pwd: "password",
  pswd: "password",
  psw: "password",
  secret: "secret",
  token: "token",
  key: "key",
  auth: "auth",
  cred: "credential",
  salt: "nonce",
  nonce: "nonce",
  cookie: "auth",
  session: "auth",
  bearer: "auth",
  sessionid: "auth",
  jwt: "token",
  private: "other",
  access: "other",
  license: "other",
  login: "other",
  contrase: "password",
  kennwort: "password",
  senha: "password",
  clave: "password",
  webhook: "other",
  passw: "password"
}

/** Vendors whose keys are written beside their name alone: `asana: 0a1b...`. */
const VENDORS = (
  "airtable algolia amplitude apify appcues asana atlassian auth0 beamer bitbucket bitly braze brevo bugsnag calendly " +
  "chartmogul circleci clearbit clickup clockify cloudflare cloudinary codeclimate codecov coinbase confluent contentful " +
  "coveralls crowdin customerio datadog deepgram digitalocean dropbox drift dynatrace easypost elasticemail eventbrite " +
  "everhour facebook fastly figma finnhub firebase flickr freshdesk fullstory gocardless grafana heroku hubspot " +
  "huggingface hunterio infura instagram intercom ipinfo ipstack iterable jira jotform klaviyo kraken kucoin launchdarkly " +
  "linear linkedin loggly mailchimp mailerlite mailgun mailjet mapbox mapquest mattermost messagebird mixpanel netlify " +
  "newrelic nexmo ngrok nicereply notion nozbe okta omnisend onesignal openai openweather opsgenie pagerduty pandadoc " +
  "papertrail paypal pendo pepipost pinboard pipedrive pixabay plaid planetscale polygon postmark pubnub pushover " +
  "quickbooks rapidapi recaptcha rollbar salesforce scrapingbee segment sendbird sendgrid sentry shippo shodan shopify " +
  "snyk sonarqube sparkpost splunk spotify statuspage stripe sumologic tableau telegram todoist travisci trello twelvedata " +
  "twilio twitch twitter typeform unsplash vercel virustotal vultr wakatime weatherbit webflow wistia wrike xero yandex " +
  "yelp youtube zendesk zerobounce zoho zoom"
).split(" ")

/** Words that name secrets only when they stand alone. */
const ALONE: Readonly<Record<string, Kind>> = {
  pw: "password",
  sid: "auth",
  sess: "auth",
  sessid: "auth",
  phpsessid: "auth",
  jsessionid: "auth",
  psk: "key",
  pat: "token",
  otp: "password",
  pin: "password",
  ...Object.fromEntries(VENDORS.map((vendor) => [vendor, "vendor" as const]))
}

let shortest: ReadonlyArray<string> | undefined
/** Anchors of the contextual rule: those that no other one is a part of, which finds as much. Not before they are needed. */
export const naming = (): ReadonlyArray<string> =>
  (shortest ??= [...Object.keys(WORDS), ...Object.keys(ALONE)].filter(
    (word, _, all) => !all.some((other) => other !== word && word.includes(other))
  ))

/** Words that hold one of those by chance. */
const CHANCE = new Set(
  [
    "author authors authored authoring authority authorities authentic authenticate authenticated authenticator",
    "authenticating authenticates authorize authorizes authorizing authorizer authorise authorised",
    "passage passages passed passenger passengers passes passing passion passionate passive passively passport past",
    "passthrough passthru nopasswd nopass compass bypass bypassed surpass encompass trespass passrole",
    "keyboard keyboards keyword keywords keydown keyup keyof keypress keynote keyring keyset keyspace keymap keystroke",
    "keystrokes keyframe keyframes keypair keypath keyname keyid keytype keysize keylen keylength keyusage keycode",
    "monkey turkey hockey donkey whiskey mickey jockey keyerror keyevent",
    "secretary secretion secretly secretname",
    "tokenize tokenizer tokenizers tokenized tokenization tokenizing tokentype detoken",
    "credit credits credible credibly credo incredible incredibly sacred accredited discredit",
    "accessor accessors accessible accessibility accessed accesses accessing accessory accessories inaccessible",
    "privately privateer sessions licensed licenses licensee salted salty assault basalt",
    "webhooks announce announced announcement pronounce bearers"
  ]
    .join(" ")
    .split(" ")
)

/** What follows the naming word when the value is about a secret and none: its id, its name, its type, where it is. */
const ABOUT = new Set(
  [
    "id ids name names type types file files filename path paths dir url uri urls link endpoint host length len size",
    "count max min limit ttl expiry expires expire expiration expired timeout age field fields label text title hint",
    "description desc message msg error errors format pattern regex policy reset forgot change index idx prefix suffix",
    "header alg algorithm usage ring board down up press code codes required enabled disabled strength confirm",
    "confirmation placeholder input form view page screen dialog button prompt store storage manager provider service",
    "factory builder handler helper util utils test tests spec mode scope scopes group class object instance method",
    "function func callback event listener list map dict set array table column row cache version status state user",
    "username email date time at by source ref reference arn location region kind info data response request result",
    "validator validation verifier generator issuer audience subject owner role roles permission level number num",
    "fingerprint thumbprint vault expr column property attribute attr param params parameter pair pairs schema"
  ]
    .join(" ")
    .split(" ")
)

/** What stands before it when the value is no secret. */
const OPEN = new Set(
  [
    "public pub primary foreign unique partition sort cache object routing registry hot short sub no partial composite",
    "natural surrogate index map hash row column col dictionary dict json yaml xml config attribute property data group",
    "order shard bucket metric meta label tag field translation i18n locale message string sibling parent root child"
  ]
    .join(" ")
    .split(" ")
)

/** Anywhere before it, these make it none. */
const PLAIN = new Set(["public", "pub", "encrypted", "hashed", "foreign", "primary", "wrapped"])

/** What stands before "key" when it is one. */
const SECRETIVE = new Set(
  [
    "api secret access private priv auth encryption encrypt decryption decrypt signing sign master consumer client app",
    "application account shared storage license licence service server admin session security secure crypto aes rsa hmac",
    "des ssh gpg pgp tls ssl jwt token pass deploy project subscription instrumentation write read ingest integration",
    "webhook machine validation decryption private appsecret publishable live test host symmetric"
  ]
    .join(" ")
    .split(" ")
)

export interface NameFacts {
  readonly kind: Kind
  /** The word is one by itself, or glued to others (`dbpass`). */
  readonly glued: boolean
  /** The name goes on after it with something about a secret. */
  readonly about: boolean
  /** What stands before it makes it none. */
  readonly open: boolean
  /** What stands before it makes a "key" one. */
  readonly secretive: boolean
  /** More than one word of the name names secrets. */
  readonly several: boolean
  /** It is the last word. */
  readonly last: boolean
  /** Written in capitals only, as variables of the environment are. */
  readonly capitals: boolean
  readonly words: number
}

/** The words of an identifier, in lower case. */
export const wordsOf = (name: string): ReadonlyArray<string> => {
  const words: Array<string> = []
  let from = 0
  const take = (to: number) => {
    if (to > from) words.push(name.slice(from, to).toLowerCase())
  }
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    if (!isLetterOrDigit(code)) {
      take(i)
      from = i + 1
      continue
    }
    if (i === from || !has(upper, code)) continue
    const next = name.charCodeAt(i + 1)
    // `apiKey`, and the last capital of `APIKey`
    if (has(lower, name.charCodeAt(i - 1)) || (has(upper, name.charCodeAt(i - 1)) && has(lower, next))) {
      take(i)
      from = i
    }
  }
  take(name.length)
  return words
}

const isLetterOrDigit = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code > 127

const KEYWORDS = Object.keys(WORDS).toSorted((a, b) => b.length - a.length)

/** The naming word in a word, the longest one. */
const keywordIn = (word: string): string | undefined => {
  if (ALONE[word] !== undefined) return word
  return CHANCE.has(word) ? undefined : KEYWORDS.find((keyword) => word.includes(keyword))
}
const kindOf = (keyword: string): Kind => WORDS[keyword] ?? ALONE[keyword] ?? "other"

/** What is left of a word around a naming word may be another word of the same name: `dbpass`, `apikey`. */
const rest = (word: string, keyword: string): string => {
  const at = word.indexOf(keyword)
  return word.slice(0, at) + word.slice(at + keyword.length)
}

/** Names come again and again. */
const REMEMBERED = 1024
const alone = new Map<string, NameFacts | "none">()
const afterOthers = new Map<string, NameFacts | "none">()

/** The facts of a name; nothing if no word of it names secrets. `before` is the word before it, if that is part of it. */
export const factsOf = (name: string, before = ""): NameFacts | undefined => {
  const remembered = before === "" ? alone : afterOthers
  const key = before === "" ? name : `${name} ${before}`
  const known = remembered.get(key)
  if (known !== undefined) return known === "none" ? undefined : known
  if (remembered.size >= REMEMBERED) remembered.clear()
  const facts = learn(name, before)
  remembered.set(key, facts ?? "none")
  return facts
}

const learn = (name: string, before: string): NameFacts | undefined => {
  const own = wordsOf(name)
  let at = -1
  let keyword = ""
  let several = 0
  own.forEach((word, i) => {
    const found = keywordIn(word)
    if (found === undefined) return
    several++
    // "secret key" is a secret, "access token" a token: the plainer of two counts
    if (at < 0 || KINDS.indexOf(kindOf(found)) < KINDS.indexOf(kindOf(keyword))) {
      at = i
      keyword = found
    }
  })
  if (at < 0) return undefined
  const word = own[at] ?? ""
  const previous = own[at - 1] ?? before.toLowerCase()
  const around = rest(word, keyword)
  const plural = around === "s" || around === "es"
  const after = own.slice(at + 1).filter((next) => keywordIn(next) === undefined)
  const tail = after.at(-1) ?? ""
  return {
    kind: kindOf(keyword),
    glued: around !== "" && !plural,
    about: ABOUT.has(tail) || after.some((next) => ABOUT.has(next)),
    open:
      own.slice(0, at).some((word) => PLAIN.has(word)) ||
      PLAIN.has(previous) ||
      (kindOf(keyword) === "key" && (OPEN.has(previous) || OPEN.has(around))),
    secretive: SECRETIVE.has(previous) || SECRETIVE.has(around),
    several: several > 1,
    last: after.length === 0,
    capitals: name === name.toUpperCase() && name !== name.toLowerCase(),
    words: own.length
  }
}
