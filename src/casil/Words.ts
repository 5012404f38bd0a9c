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

/**
 * Looks for all of some words at once, where they may hold more than ASCII: whether one of them stands in a text so that
 * `counts` says that it does. Case is told apart.
 */
export const places = (
  words: ReadonlyArray<string>
): ((text: string, counts: (text: string, start: number, end: number) => boolean) => boolean) => {
  const columns = new Map<number, number>()
  const ascii = new Uint8Array(128)
  for (const word of words) {
    for (let i = 0; i < word.length; i++) {
      const code = word.charCodeAt(i)
      if (columns.has(code)) continue
      columns.set(code, columns.size + 1)
      if (code < ascii.length) ascii[code] = columns.size
    }
  }
  const width = columns.size + 1
  const columnOf = (code: number): number => (code < ascii.length ? (ascii[code] ?? 0) : (columns.get(code) ?? 0))
  const prefixes = [...new Set(["", ...words.flatMap((word) => Array.from(word, (_, i) => word.slice(0, i + 1)))])]
  const known = new Map(prefixes.map((prefix, state) => [prefix, state]))
  const next = new Int16Array(prefixes.length * width)
  // lengths of the words that end in a state
  const ends = prefixes.map((prefix) => words.filter((word) => prefix.endsWith(word)).map(({ length }) => length))
  prefixes.forEach((prefix, state) => {
    for (const [code, column] of columns) {
      const text = prefix + String.fromCharCode(code)
      let at = 0
      while (!known.has(text.slice(at))) at++
      next[state * width + column] = known.get(text.slice(at)) ?? 0
    }
  })
  return (text, counts) => {
    let state = 0
    for (let i = 0; i < text.length; i++) {
      state = next[state * width + columnOf(text.charCodeAt(i))] ?? 0
      if (state === 0) continue
      for (const length of ends[state] ?? []) if (counts(text, i + 1 - length, i + 1)) return true
    }
    return false
  }
}
