/**
 * The lines of a message that are the user's own words: no code, no quoted mail, no pasted dialogue. What follows a
 * forwarded message's head is somebody else's to the end.
 */

export interface Line {
  /** In the message: from inclusive, to exclusive. */
  readonly from: number
  readonly to: number
}

/** Of a longer message only the beginning is read for facts: it is text to work on, not what somebody says. */
export const longestMessage = 8_000

const fence = /^\s*(?:```|~~~)/
/** Quotation, table, markup, data, or indented as code is. */
const foreign = /^(?:\s*[>|<{}[\]#$%\\]|\t| {4})/
const bullet = /^\s*(?:[-*\u2022\u2013]|\d{1,2}[.)])\s+/
const forwarded = /^\s*-{2,}\s*(?:forwarded|original|begin)\b/i
const label = /^\s*(\p{L}[\p{L}\p{N} .'_-]{0,30}):(?=\s|$)/u
const header = new Set(["from", "to", "cc", "subject", "sent", "date"])
/** Labels under which people write of themselves. */
const own = new Set([
  "note",
  "ps",
  "p.s.",
  "fyi",
  "btw",
  "fact",
  "update",
  "edit",
  "correction",
  "reminder",
  "remember"
])

const mayStay = (name: string): boolean =>
  own.has(name) || /^(?:my|also|and|please|by the way|from now on)\b/.test(name)

export const ownLines = (message: string): ReadonlyArray<Line> => {
  const lines: Array<Line> = []
  const length = Math.min(message.length, longestMessage)
  let fenced = false
  let from = 0
  while (from < length) {
    const newline = message.indexOf("\n", from)
    const to = newline === -1 || newline > length ? length : newline
    const text = message.slice(from, to)
    const next = to + 1
    if (fence.test(text)) {
      fenced = !fenced
    } else if (forwarded.test(text)) {
      return lines
    } else if (!fenced && !foreign.test(text)) {
      const marker = bullet.exec(text)?.[0].length ?? 0
      const name = label.exec(text.slice(marker))?.[1]?.toLowerCase()
      if (name !== undefined && header.has(name)) return lines
      const inSentence = name !== undefined && name.split(" ").length > 3
      if (name === undefined || mayStay(name) || inSentence) lines.push({ from: from + marker, to })
    }
    from = next
  }
  return lines
}
