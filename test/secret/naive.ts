/** What `PatternSet` must find, slowly: for every end the longest pattern, zeros skipped. */
export const find = (
  patterns: ReadonlyArray<Uint8Array>,
  text: Uint8Array
): ReadonlyArray<readonly [number, number]> => {
  const kept = [...text.keys()].filter((i) => text[i] !== 0)
  const symbols = kept.map((i) => text[i])
  const wanted = patterns.map((pattern) => [...pattern].filter((byte) => byte !== 0)).filter(({ length }) => length > 0)
  return kept.flatMap((end, n) => {
    const ending = wanted.filter(
      (pattern) => pattern.length <= n + 1 && pattern.every((byte, i) => byte === symbols[n + 1 - pattern.length + i])
    )
    if (ending.length === 0) return []
    const longest = Math.max(...ending.map(({ length }) => length))
    return [[kept[n + 1 - longest]!, end] as const]
  })
}
