/** Bytes of a text as UTF-8, counted per code unit so that the count is the same however the text is cut. */

const isHigh = (code: number): boolean => code >= 0xd800 && code < 0xdc00
const isLow = (code: number): boolean => code >= 0xdc00 && code < 0xe000

/** Whether `at` is between the halves of a surrogate pair, which travel together. */
export const isWithinPair = (text: string, at: number): boolean =>
  at > 0 && at < text.length && isLow(text.charCodeAt(at)) && isHigh(text.charCodeAt(at - 1))

/** Whether a text ends with the first half of a pair. */
export const endsWithHalf = (text: string): boolean => text !== "" && isHigh(text.charCodeAt(text.length - 1))

/** Bytes of one code unit. A surrogate counts two, so that a pair counts four. */
export const byteCount = (code: number): number =>
  code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 2 : 3

export const byteLength = (text: string): number => {
  let total = 0
  for (let i = 0; i < text.length; i++) total += byteCount(text.charCodeAt(i))
  return total
}

/** How many code units of `text` fit into `room` bytes, and how many bytes they take. */
export const fit = (text: string, room: number): { readonly units: number; readonly bytes: number } => {
  let total = 0
  for (let i = 0; i < text.length; i++) {
    const next = total + byteCount(text.charCodeAt(i))
    if (next > room) return { units: i, bytes: total }
    total = next
  }
  return { units: text.length, bytes: total }
}
