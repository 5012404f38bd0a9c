/** The known name somebody most likely meant. */

/** Damerau-Levenshtein distance in its restricted form: insertions, deletions, substitutions and adjacent swaps. */
export const distance = (left: string, right: string): number => {
  let before: ReadonlyArray<number> = []
  let previous: ReadonlyArray<number> = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i++) {
    const row = [i]
    for (let j = 1; j <= right.length; j++) {
      const same = left[i - 1] === right[j - 1]
      let best = Math.min((row[j - 1] ?? 0) + 1, (previous[j] ?? 0) + 1, (previous[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1]) {
        best = Math.min(best, (before[j - 2] ?? 0) + 1)
      }
      row.push(best)
    }
    before = previous
    previous = row
  }
  return previous[right.length] ?? 0
}

/**
 * The nearest of `known` within a third of its length (at least one edit), the first one where several are as near;
 * else the first one that an abbreviation of three letters or more begins.
 */
export const nearest = (name: string, known: ReadonlyArray<string>): string | undefined => {
  // Longer than any known name could be near to: not worth a quadratic comparison.
  if (name.length > 128) return undefined
  const plain = (text: string) => text.toLowerCase().replaceAll("-", "_")
  let best: { readonly name: string; readonly distance: number } | undefined
  for (const candidate of known) {
    const edits = distance(plain(name), plain(candidate))
    if (edits > Math.max(1, Math.floor(candidate.length / 3))) continue
    if (best === undefined || edits < best.distance) best = { name: candidate, distance: edits }
  }
  return best?.name ?? known.find((candidate) => name.length >= 3 && plain(candidate).startsWith(plain(name)))
}
