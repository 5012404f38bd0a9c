/**
 * Lines made up for training: names of secrets joined to values in the ways of many languages, values that are secrets
 * and values that are none. The same every time. So that what is learned is the task, not the repositories of the data.
 */
import { DIGITS, HEX, LOWER, UPPER } from "../../../src/casil/CharClass.ts"
import { words } from "../../../src/casil/context/words.ts"

export interface Line {
  readonly text: string
  /** The secret in it; nothing where there is none. */
  readonly secret: string
}

const ALNUM = LOWER + UPPER + DIGITS
const known = words.split(" ").filter(({ length }) => length >= 4)
const common = known.slice(0, 1500)
const wider = known.slice(0, 5000)

/** A generator of its own: the same numbers for the same seed. */
class Dice {
  #state: number
  constructor(seed: number) {
    this.#state = seed
  }
  next(): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state = (this.#state ^ (this.#state << 5)) >>> 0
    return this.#state / 0x1_0000_0000
  }
  below(n: number): number {
    return Math.floor(this.next() * n)
  }
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }
  pick<A>(all: ReadonlyArray<A>): A {
    return all[this.below(all.length)] as A
  }
  text(alphabet: string, length: number): string {
    return Array.from({ length }, () => alphabet.charAt(this.below(alphabet.length))).join("")
  }
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

const split = (names: string): ReadonlyArray<ReadonlyArray<string>> => names.split(" ").map((name) => name.split("_"))

const NAMES: Readonly<Record<string, ReadonlyArray<ReadonlyArray<string>>>> = {
  password: split(
    "password passwd pwd pass db_password db_pass user_password admin_password mysql_pwd smtp_password root_password " +
      "passphrase keystore_password ldap_password my_password proxy_pass redis_password ftp_pass default_password " +
      "login_password test_password postgres_password jdbc_password wifi_password"
  ),
  secret: split(
    "secret client_secret app_secret api_secret jwt_secret shared_secret session_secret consumer_secret webhook_secret " +
      "secret_key_base cookie_secret oauth_client_secret secret_token hash_secret"
  ),
  token: split(
    "token access_token api_token auth_token refresh_token bot_token user_token deploy_token registration_token " +
      "bearer_token session_token csrf_token id_token device_token slack_token verification_token jenkins_token"
  ),
  key: split(
    "api_key secret_key access_key private_key encryption_key auth_key consumer_key apikey master_key account_key " +
      "license_key signing_key client_key storage_key aes_key subscription_key key app_key service_key google_maps_key"
  ),
  auth: split(
    "auth authorization basic_auth http_auth auth_string credentials credential cred auth_cookie session_id cookie"
  ),
  nonce: split("nonce salt password_salt hash_salt oauth_nonce"),
  other: split("login private_access access license sonar_login webhook private")
}
const KINDS =
  "password password password password secret secret token token token key key key key auth nonce other".split(" ")

/** Vendors, whose names stand beside keys and beside much else. */
const VENDORS = split(
  "asana mailjet twilio heroku segment shodan okta trello beamer mixpanel codecov stripe github notion zoom"
)

/** Names of what is about a secret, and none. */
const HARMLESS = split(
  "public_key key_id token_type cache_key primary_key password_hash_algorithm secret_name token_url key_file auth_method " +
    "auth_type token_id foreign_key sort_key password_field access_key_id token_expiry public_key_token key_fingerprint " +
    "credential_id session_name auth_url encrypted_key keyboard author passenger monkey auth_provider"
)

type Join = (name: string, value: string) => string

const JOINS: ReadonlyArray<Join> = [
  (n, v) => `${n} = "${v}"`,
  (n, v) => `${n} = '${v}'`,
  (n, v) => `${n}="${v}"`,
  (n, v) => `"${n}": "${v}",`,
  (n, v) => `'${n}': '${v}',`,
  (n, v) => `${n}: "${v}",`,
  (n, v) => `${n}: '${v}'`,
  (n, v) => `${n}: ${v}`,
  (n, v) => `${n}=${v}`,
  (n, v) => `export ${n}=${v}`,
  (n, v) => `${n} = ${v}`,
  (n, v) => `--${n} ${v}`,
  (n, v) => `--${n}=${v} \\`,
  (n, v) => `<${n}>${v}</${n}>`,
  (n, v) => `'${n}' => '${v}',`,
  (n, v) => `set("${n}", "${v}");`,
  (n, v) => `| ${n} | ${v} |`,
  (n, v) => `${n} := "${v}"`,
  (n, v) => `String ${n} = "${v}";`,
  (n, v) => `\\"${n}\\": \\"${v}\\"`,
  (n, v) => `?${n}=${v}&x=1`,
  (n, v) => `-D${n}=${v}`,
  (n, v) => `define('${n}', '${v}');`,
  (n, v) => `if (${n} == "${v}") {`,
  (n, v) => `name="${n}" value="${v}"`,
  (n, v) => `The ${n} is "${v}".`,
  (n, v) => `set${n}("${v}")`,
  (n, v) => `${n}: \`${v}\``,
  (n, v) => `${n}: string = "${v}"`,
  (n, v) => `os.environ["${n}"] = "${v}"`,
  (n, v) => `${n} = Buffer.from("${v}")`,
  (n, v) => `/${n}:${v} `
]
/** Only what a machine has made stands out there. */
const BLANK_JOINS: ReadonlyArray<Join> = [(n, v) => `${n} ${v}`, (n, v) => `${n} is ${v}`]
const MARKS = ["", "  ", "\t", "- ", "// ", "# ", "    "]

const SAMPLES = (
  "xxxxxxxx xxxx ******** ... <token> YOUR_API_KEY your-secret-here changeme example REPLACE_ME foobar foo bar baz dummy " +
  "secret password token key test test123 abc abc123 123456 12345 1234 qwerty secret123 password1 pass mysecret my-token " +
  "my_key sample placeholder fake mock none hidden redacted [REDACTED] insert_key_here topsecret supersecret s3cr3t " +
  "letmein hunter2 secretkey token1 key1 value myvalue abcdefg 0000 deadbeef DEADBEEFDEADBEEF 01234567890 1234567890 " +
  "0123456789abcdef aaaaaaaa AAAAAAAAAAAAAAAA abcdefghijklmnopqrstuvwxyz 1234567890abcdefghijklmnopqrstuvwxyz " +
  "012345abcdef asdf1234 admin root user guest demo postgres sa null None nil undefined true false string str String int " +
  "object any self this void required optional default TODO N/A empty HS256 RS256 sha256 SHA1 aes-256-gcm bcrypt RSA-OAEP " +
  "A128GCM md5 HMAC-SHA1 Bearer Basic application/json text/plain utf-8 base64 hex X-Api-Key Authorization X-Auth-Token " +
  "access_token api_key client_secret refreshToken accessToken secretKey X-CSRF-Token api-key private_key 1.0 2.3.1 v1 " +
  "2021-03-04 10m 3600 30s 1h 5.0.0-rc1"
).split(" ")

class Maker {
  readonly #dice: Dice

  constructor(seed: number) {
    this.#dice = new Dice(seed)
  }

  #styled(parts: ReadonlyArray<string>): string {
    const [first = "", ...rest] = parts
    return this.#dice.pick([
      parts.join("_"),
      parts.join("_").toUpperCase(),
      first + rest.map(capital).join(""),
      parts.map(capital).join(""),
      parts.join("-"),
      parts.join("."),
      parts.join(""),
      parts.map(capital).join(" ")
    ])
  }

  #prefixed(name: string): string {
    if (this.#dice.next() >= 0.3) return name
    const word = this.#dice.pick(common)
    return this.#dice.pick([
      `${word}_${name}`,
      `${word.toUpperCase()}_${name}`,
      `$${name}`,
      `self.${name}`,
      `config.${name}`,
      `this.${name}`,
      `env.${name}`,
      `my_${name}`
    ])
  }

  #password(): string {
    const dice = this.#dice
    const word = dice.pick(wider)
    const digits = (least: number, most: number) => dice.text(DIGITS, dice.between(least, most))
    const random = dice.next()
    if (random < 0.28) return dice.text(LOWER, dice.between(5, 12)) + (dice.next() < 0.5 ? digits(1, 4) : "")
    if (random < 0.4)
      return (
        capital(dice.text(LOWER, dice.between(4, 9))) + digits(1, 4) + dice.pick(["", "!", "@", "#", "$", "*", "."])
      )
    if (random < 0.55) return dice.text(ALNUM, dice.between(6, 14))
    if (random < 0.68) return dice.text(`${ALNUM}!@#$%^&*-_+=.`, dice.between(8, 20))
    if (random < 0.8) {
      return dice.pick([
        capital(word) + digits(1, 4),
        word + digits(2, 4),
        word.replaceAll("a", "@").replaceAll("o", "0").replace("e", "3") + digits(1, 3),
        capital(word) + dice.pick(["!", "@", "#", "$"]) + digits(1, 4),
        word + capital(dice.pick(wider)) + digits(2, 2)
      ])
    }
    if (random < 0.88) return dice.text(HEX, dice.pick([16, 20, 24, 32, 40]))
    if (random < 0.94)
      return dice.text(LOWER, dice.between(5, 8)) + dice.pick(["_", "-", "."]) + dice.text(LOWER, dice.between(3, 8))
    return digits(8, 16)
  }

  #secret(kind: string): string {
    const dice = this.#dice
    if (kind === "password") return this.#password()
    if (kind === "nonce") {
      return dice.pick([
        dice.text(ALNUM, dice.between(8, 32)),
        dice.text(HEX, dice.pick([16, 32, 40, 64])),
        `${dice.text(`${ALNUM}+/`, dice.between(10, 43))}=`,
        dice.text(`${ALNUM}-_`, dice.between(11, 22))
      ])
    }
    const random = dice.next()
    if (random < 0.2) return dice.text(HEX, dice.pick([16, 20, 24, 28, 32, 32, 32, 40, 40, 48, 64, 64]))
    if (random < 0.28) return dice.text(HEX, dice.pick([32, 40, 64])).toUpperCase()
    if (random < 0.48) return dice.text(ALNUM, dice.pick([16, 20, 22, 24, 28, 32, 32, 36, 40, 48, 64]))
    if (random < 0.58) return dice.text(`${ALNUM}-_`, dice.pick([20, 24, 32, 43, 44, 64]))
    if (random < 0.68) return dice.text(`${ALNUM}+/`, dice.pick([22, 27, 43, 62, 86])) + dice.pick(["=", "==", ""])
    if (random < 0.74) return dice.text(LOWER + DIGITS, dice.pick([16, 20, 24, 32, 40]))
    if (random < 0.79) return dice.text(LOWER, dice.between(12, 44))
    if (random < 0.84) return dice.text(UPPER + DIGITS, dice.pick([16, 20, 24, 32]))
    if (random < 0.89) return [8, 4, 4, 4, 12].map((length) => dice.text(HEX, length)).join("-")
    if (random < 0.92) return dice.text(DIGITS, dice.between(12, 20))
    if (random < 0.95) {
      const kind = dice.pick(["sk", "pk", "api", "key", "tok", "live", "test", "usr", "app"])
      return kind + dice.pick(["_", "-"]) + dice.text(ALNUM, dice.between(16, 40))
    }
    if (random < 0.97) return `${dice.text(ALNUM, dice.between(8, 20))}.${dice.text(`${ALNUM}-_`, dice.between(8, 40))}`
    return dice.text(ALNUM, dice.between(9, 14)) + dice.pick(["=", "=="])
  }

  #identifier(): string {
    const parts = Array.from({ length: this.#dice.between(1, 3) }, () => this.#dice.pick(common))
    const [first = "", ...rest] = parts
    return this.#dice.pick([
      parts.join("_"),
      first + rest.map(capital).join(""),
      parts.map(capital).join(""),
      parts.join("."),
      parts.join("_").toUpperCase(),
      parts.join("-")
    ])
  }

  #harmless(): string {
    const dice = this.#dice
    const word = () => dice.pick(common)
    const shouted = () => this.#identifier().toUpperCase().replaceAll(".", "_").replaceAll("-", "_")
    const makers: ReadonlyArray<() => string> = [
      () => this.#identifier(),
      () => this.#identifier(),
      () => this.#identifier(),
      () => `${this.#identifier()}(${this.#identifier()})`,
      () => `get${capital(word())}()`,
      () => dice.pick(SAMPLES),
      () => dice.pick(SAMPLES),
      () => dice.pick(SAMPLES),
      () => Array.from({ length: dice.between(2, 6) }, word).join(" "),
      () => `\${${this.#identifier()}}`,
      () => `{{${this.#identifier()}}}`,
      () => `%(${this.#identifier()})s`,
      () => `$(${this.#identifier()})`,
      () => `$${shouted().toLowerCase()}`,
      () => `process.env.${shouted()}`,
      () => `os.environ["${shouted()}"]`,
      () => `https://${word()}.com/${word()}/${word()}`,
      () => `/${word()}/${word()}/${word()}${dice.pick(["", ".pem", ".json", ".key", ".txt"])}`,
      () => dice.text(DIGITS, dice.between(1, 4)),
      () => `${capital(word())} ${word()} ${word()}${dice.pick([".", ":", "", "!"])}`,
      () => `${word()}.${word()}.${word()}`,
      () => `#${word()}-${word()}`,
      () => word() + dice.text(DIGITS, 1),
      () => word().toUpperCase(),
      () => `${word()}_${word()}_${dice.text(DIGITS, 1)}`,
      () =>
        dice.pick(["test_", "fake_", "dummy_", "my_", "some_", "mock-", "your_"]) +
        dice.pick(["password", "token", "key"]),
      () =>
        dice.pick(["test", "fake", "dummy", "my", "invalid", "wrong", "new", "old"]) +
        dice.pick(["Password", "Token", "ApiKey"])
    ]
    return dice.pick(makers)()
  }

  /** A line with a secret, one without, and now and then a secret's look beside a harmless name. */
  lines(count: number): ReadonlyArray<Line> {
    const dice = this.#dice
    const lines: Array<Line> = []
    const add = (line: string, secret: string) => lines.push({ text: `\n${dice.pick(MARKS)}${line}\n`, secret })
    for (let i = 0; i < count; i++) {
      const kind = dice.pick(KINDS)
      const name = this.#prefixed(this.#styled(dice.pick(NAMES[kind] ?? [])))
      const secret = this.#secret(kind)
      const isMachines = secret.length >= 16 && [...DIGITS].some((digit) => secret.includes(digit))
      const joins = isMachines ? [...JOINS, ...BLANK_JOINS] : JOINS
      if (!name.includes(" ")) add(dice.pick(joins)(name, secret), secret)
      else add(`${name}: ${secret}`, secret)
      const other = this.#prefixed(this.#styled(dice.pick(NAMES[dice.pick(KINDS)] ?? [])))
      add(dice.pick([...JOINS, ...BLANK_JOINS])(other, this.#harmless()), "")
      if (i % 12 === 0) {
        const vendor = this.#styled(dice.pick(VENDORS))
        const made = this.#secret("token")
        add(dice.pick([...JOINS.slice(0, 12), ...BLANK_JOINS])(vendor, made), made)
        add(
          dice.pick(JOINS.slice(0, 12))(vendor, `${dice.pick(common)}-${dice.text(DIGITS, 8)}-${dice.pick(common)}`),
          ""
        )
      }
      if (i % 6 === 0) add(dice.pick(JOINS.slice(0, 12))(this.#styled(dice.pick(HARMLESS)), this.#secret("key")), "")
    }
    return lines
  }
}

/** `count` lines of each kind. */
export const syntheticLines = (count: number, seed = 12345): ReadonlyArray<Line> => new Maker(seed).lines(count)
