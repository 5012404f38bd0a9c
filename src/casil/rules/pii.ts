/** Personal data that proves itself, by check digits or by a form that nothing else has, or that is called what it is. */
import { PRIVATE, PUBLIC } from "../personal/address.ts"
import { email } from "../personal/email.ts"
import { digitsFirst, IBAN, kinds, mayBegin, numbers, othersFirst } from "../personal/Numbers.ts"
import { PHONE } from "../personal/phone.ts"
import type { Rule } from "../Rule.ts"
import type { WordRule } from "../engine/RuleSet.ts"

const labels: NonNullable<WordRule["labels"]> = Object.fromEntries(
  [...kinds.map(({ id }) => id), IBAN, PUBLIC, PRIVATE, PHONE].map((id) => [id, "pii"])
)

/** One look for all kinds, each with a source of its own; what is found always has the id of its kind. */
const all = {
  id: "pii-card",
  tier: "pii",
  source: "ISO/IEC 7812-1, and what each kind says",
  find: numbers,
  labels
} as const

export const piiWords: ReadonlyArray<WordRule> = [
  { ...all, first: digitsFirst, shortest: 1, may: mayBegin },
  { ...all, first: othersFirst, shortest: 4, digits: true }
]

export const piiRules: ReadonlyArray<Rule> = [email]

/** What a kind of personal data is: how it is written, what it is called, what checks it. Nothing for other ids. */
export const explainPersonal = (id: string) => {
  const kind = kinds.find((one) => one.id === id)
  if (kind !== undefined) {
    const { alone = [], counterExamples, examples, named = [], names, source } = kind
    const forms = [...alone, ...named.map((form) => `${form} where it is called so`)]
    return {
      source,
      keywords: names,
      looks: forms.join(" , "),
      check: "its check digits or ranges",
      examples,
      counterExamples
    }
  }
  const other = others[id]
  return other === undefined ? undefined : { ...other, keywords: [], check: undefined }
}

const others: Readonly<
  Record<
    string,
    {
      readonly source: string
      readonly looks: string
      readonly examples: ReadonlyArray<string>
      readonly counterExamples: ReadonlyArray<string>
    }
  >
> = {
  [IBAN]: {
    source: "ISO 13616: international bank account numbers, and the SWIFT registry of their forms",
    looks: "a country, check digits and its form of account, as it is or in groups of four",
    examples: ["GB29NWBK60161331926819"],
    counterExamples: ["GB29NWBK60161331926818"]
  },
  [PUBLIC]: {
    source: "RFC 791, RFC 4291 and IANA's registries of special-purpose addresses",
    looks: "an address of IPv4 or IPv6 that is a host's on the public network",
    examples: ["93.184.216.34"],
    counterExamples: ["127.0.0.1", "203.0.113.7", "version 1.2.3.4"]
  },
  [PRIVATE]: {
    source: "RFC 1918, RFC 3927, RFC 4193 and RFC 6598",
    looks: "an address of a network of one's own",
    examples: ["192.168.1.77"],
    counterExamples: ["127.0.0.1"]
  },
  [PHONE]: {
    source: "ITU-T E.164 and E.123, and the North American Numbering Plan",
    looks: "an international or North American number, or any other where something says that it is a phone's",
    examples: ["+44 7700 900123", "Tel. 030/901820"],
    counterExamples: ["2024-03-01", "1 234 567"]
  }
}

/** Ids of all that may be found. */
export const piiIds: ReadonlyArray<string> = [...Object.keys(labels), email.id]
