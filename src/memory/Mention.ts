/** Whether a text says something, as a word or as words in a row, however it is written there. Pure. */

/** Marks over letters of alphabets, and signs that nobody sees: a soft hyphen, a joiner. */
const unseen = /[\u0300-\u036f]|\p{Cf}/gu
const word = /[\p{L}\p{M}\p{N}]+/gu
/** Scripts that write no blanks between words. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

/** Upper case first: one letter may be two there, as a German sharp s is. */
const wordsOf = (text: string): ReadonlyArray<string> =>
  text.normalize("NFKD").replaceAll(unseen, "").normalize("NFC").toUpperCase().toLowerCase().match(word) ?? []

/** As JSON writes a line end or a letter into a text, also into one within another. */
const unescaped = (text: string): string =>
  text
    .replaceAll(/\\+u([0-9a-f]{4})/gi, (_, unit: string) => String.fromCharCode(Number.parseInt(unit, 16)))
    .replaceAll(/\\+[bfnrt]/g, " ")

/** Tells it of any text: in any case of letters, whatever signs stand between. What has no letters is looked for as it is. */
export const mentions = (wanted: string): ((text: string) => boolean) => {
  const words = wordsOf(wanted)
  if (words.length === 0) return (text) => wanted !== "" && text.includes(wanted)
  const between = unspaced.test(wanted) ? "" : " "
  const needle = `${between}${words.join(between)}${between}`
  const says = (text: string): boolean => `${between}${wordsOf(text).join(between)}${between}`.includes(needle)
  return (text) => says(text) || (text.includes("\\") && says(unescaped(text)))
}
