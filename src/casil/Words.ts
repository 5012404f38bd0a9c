/** Looks for any of some words, in any case, in one pass. */

/** Whether a text holds one of `words` (ASCII). Built when first asked (Aho and Corasick, 1975). */
export const finder = (words: ReadonlyArray<string>): ((text: string) => boolean) => {
  let table: Int16Array | undefined
  return (text) => {
    table ??= tableOf(words)
    let state = 0
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      state = code < 128 ? (table[state * 128 + code] ?? 0) : 0
      if (state < 0) return true
    }
    return false
  }
}

/** Next states by state and character; -1 where a word ends. */
const tableOf = (words: ReadonlyArray<string>): Int16Array => {
  const prefixes = [""]
  for (const word of words) {
    for (let length = 1; length <= word.length; length++) {
      const prefix = word.slice(0, length).toLowerCase()
      if (!prefixes.includes(prefix)) prefixes.push(prefix)
    }
  }
  const known = new Map(prefixes.map((prefix, state) => [prefix, state]))
  const ends = (prefix: string) => words.some((word) => prefix.endsWith(word.toLowerCase()))
  const table = new Int16Array(prefixes.length * 128)
  prefixes.forEach((prefix, state) => {
    for (let code = 0; code < 128; code++) {
      const text = prefix + String.fromCharCode(code).toLowerCase()
      let at = 0
      while (!known.has(text.slice(at))) at++
      const next = text.slice(at)
      table[state * 128 + code] = ends(next) ? -1 : (known.get(next) ?? 0)
    }
  })
  return table
}
