/** International bank account numbers: ISO 13616, with each country's form as the SWIFT registry lists it. */
import { chars, DIGITS, digit, has, letter } from "../CharClass.ts"
import { mod97 } from "./Checks.ts"

/** What follows the check digits: n digits, a letters, c either, each with its count. */
const COUNTRIES =
  "AD8n12c AE19n AL8n16c AT16n AZ4a20c BA16n BE12n BG4a6n8c BH4a14c BI23n BR23n1a1c BY4c4n16c CH5n12c CR18n CY8n16c " +
  "CZ20n DE18n DJ23n DK14n DO4c20n EE16n EG25n ES20n FI14n FK2a12n FO14n FR10n11c2n GB4a14n GE2a16n GI4a15c GL14n " +
  "GR7n16c GT24c HN4a20n HR17n HU24n IE4a14n IL19n IQ4a15n IS22n IT1a10n12c JO4a4n18c KW4a22c KZ3n13c LB4n20c " +
  "LC4a24c LI5n12c LT16n LU3n13c LV4a13c LY21n MC10n11c2n MD20c ME18n MK3n10c2n MN16n MR23n MT4a5n18c MU4a19n3a " +
  "NI4a20n NL4a10n NO11n OM3n16c PK4a16c PL24n PS4a21c PT21n QA4a21c RO4a16c RS18n RU14n15c SA2n18c SC4a20n3a SD14n " +
  "SE20n SI15n SK20n SM1a10n12c SO19n ST21n SV4a20n TL19n TN20n TR6n16c UA6n19c VA18n VG4a16n XK16n YE4a4n18c"

const digits = chars(DIGITS)
let table: ReadonlyMap<string, string> | undefined

/** The form of a country's numbers, one letter for each character; read when first asked for. */
const formOf = (country: string): string | undefined => {
  table ??= new Map(
    COUNTRIES.split(" ").map((entry) => {
      let form = ""
      for (let i = 2; i < entry.length;) {
        let end = i
        while (has(digits, entry.charCodeAt(end))) end++
        form += entry.charAt(end).repeat(Number(entry.slice(i, end)))
        i = end + 1
      }
      return [entry.slice(0, 2), form] as const
    })
  )
  return table.get(country)
}

/** How long the number is that begins with these two letters, separators apart; 0 for no country of the registry. */
export const ibanLength = (country: string): number => {
  const form = formOf(country)
  return form === undefined ? 0 : form.length + 4
}

const fits = (form: string, code: number): boolean =>
  form === "n" ? has(digit, code) : form === "a" ? has(letter, code) : true

/** Whether letters and digits, without separators and in capitals, are an account's number. */
export const isIban = (compact: string): boolean => {
  const form = formOf(compact.slice(0, 2))
  if (form === undefined || compact.length !== form.length + 4) return false
  for (let i = 0; i < form.length; i++) if (!fits(form.charAt(i), compact.charCodeAt(i + 4))) return false
  return mod97(compact.slice(4) + compact.slice(0, 4)) === 1
}
