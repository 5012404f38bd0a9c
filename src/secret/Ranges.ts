/** Parts of some bytes, and the bytes without them. */

/** From `start` up to before `end`, in bytes. */
export interface Range {
  readonly start: number
  readonly end: number
}

const utf8 = new TextEncoder()

/** In order, overlapping and touching ones joined. */
export const merge = (ranges: ReadonlyArray<Range>): ReadonlyArray<Range> => {
  const merged: Array<Range> = []
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1)
    if (last === undefined || range.start > last.end) merged.push(range)
    else if (range.end > last.end) merged[merged.length - 1] = { start: last.start, end: range.end }
  }
  return merged
}

/** The same bytes where there are no ranges; else with `mark` instead of each of them. They are in order and apart. */
export const replaced = (bytes: Uint8Array, ranges: ReadonlyArray<Range>, mark: string): Uint8Array => {
  if (ranges.length === 0) return bytes
  const instead = utf8.encode(mark)
  const removed = ranges.reduce((size, { end, start }) => size + end - start, 0)
  const out = new Uint8Array(bytes.length - removed + ranges.length * instead.length)
  let from = 0
  let to = 0
  for (const { end, start } of ranges) {
    out.set(bytes.subarray(from, start), to)
    out.set(instead, to + start - from)
    to += start - from + instead.length
    from = end
  }
  out.set(bytes.subarray(from), to)
  return out
}
