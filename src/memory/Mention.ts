/** Whether a text says something, as a word or as words in a row. Pure. */
import { wordsOf } from "./facts/FactKey.ts"

/** Tells it of any text: in any case of letters, whatever signs stand between. What has no letters is looked for as it is. */
export const mentions = (wanted: string): ((text: string) => boolean) => {
  const words = wordsOf(wanted)
  if (words.length === 0) return (text) => wanted !== "" && text.includes(wanted)
  const needle = ` ${words.join(" ")} `
  return (text) => ` ${wordsOf(text).join(" ")} `.includes(needle)
}
