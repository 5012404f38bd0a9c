/** Small helpers over English text. Callers keep the text short (`shortEnough`), so every pattern here is cheap. */

/** Longer messages are not searched for intents; patterns then stay within a bounded amount of work. */
export const shortEnough = (text: string): boolean => text.length <= 2_000

/** One line of words: spaces collapsed, typographic quotes made plain. */
export const tidy = (text: string): string =>
  text
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201c\u201d\u201e]/g, '"')
    .replace(/\s+/g, " ")
    .trim()

/** Without the punctuation and the courtesies around a request. */
export const bare = (text: string): string =>
  text
    .replace(/^(?:(?:ok|okay|hey|well|so|now|and|also|please|then)\b[,:]? *)+/i, "")
    .replace(/^(?:can|could|would|will) you (?:please )?/i, "")
    .replace(/(?:[,]? please)?[.!?\s]*$/i, "")

/** Without one pair of quotes around it. */
export const unquote = (text: string): string => {
  const match = /^(["'`])(.*)\1$/.exec(text.trim())
  return match === null ? text.trim() : (match[2] ?? "")
}

const swaps: ReadonlyMap<string, string> = new Map(
  Object.entries({
    i: "you",
    me: "you",
    my: "your",
    mine: "yours",
    myself: "yourself",
    am: "are",
    "i'm": "you are",
    "i've": "you have"
  })
)

/** What the user said about themselves, said back to them. */
export const toYou = (text: string): string =>
  text.replace(/[A-Za-z']+/g, (word) => swaps.get(word.toLowerCase()) ?? word)

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** At most `limit` characters, cut between characters and marked. */
export const shorten = (text: string, limit: number): string => {
  const points = Array.from(text.slice(0, limit * 2))
  return points.length <= limit && points.join("").length === text.length
    ? text
    : `${points.slice(0, limit).join("")}...`
}

const common = new Set(
  "a an and are about as at be called can could did do does for from had has have how i in is it its know like many me mine much my name named note of on or please remember said say tell that the their there they this to told was were what when where which who whose why will with would you your".split(
    " "
  )
)

/** The words that carry meaning, in lower case, without their commonest endings. */
export const keywords = (text: string): ReadonlyArray<string> =>
  (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => !common.has(word)).map(stem)

/** A crude stem, enough to let "repeats" meet "repeat". */
export const stem = (word: string): string =>
  word.length > 4 ? word.replace(/(?:ing|ed|es|s)$/, "") : word.replace(/(?<=[a-z]{3})s$/, "")
