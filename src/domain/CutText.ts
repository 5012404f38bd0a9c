/** Text cut to a length before it is inspected. Pure. */

const ENDS = " \t\r\n\"'`,;<>(){}[]"

/**
 * At most so many code units, up to the end of a word: the beginning of a secret would be one too, and be recognized by
 * nobody. A word that is longer than all that may stay is left out.
 */
export const cutAtWord = (text: string, most: number): string => {
  if (text.length <= most) return text
  let end = most
  while (end > 0 && !ENDS.includes(text.charAt(end - 1))) end--
  return text.slice(0, end)
}
