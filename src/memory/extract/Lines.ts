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
/** Of a chat, also with the time before or behind the name. */
const label =
  /^\s*(?:\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?: ?[ap]m)?[ ,]*(?:[-\u2013] )?)?(\p{L}[\p{L}\p{N} .'\u2019_-]{0,30})(?: ?\([\d:.,/ apm-]{1,24}\))?:(?=\s|$)/iu
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

/** A line that ends with a colon, and tells that somebody says what follows, or that it is somebody's text. */
const speaking =
  /\b(?:said|says|saying|told|tells|wrote|writes|claimed|claims|replied|replies|answered|texted|asked|asks|reads|sent|sends|states|posted|tweeted|commented|emailed|messaged)\b/i
const texts =
  /\b(?:messages?|e-?mails?|mails?|letters?|texts?|articles?|posts?|tweets?|comments?|reviews?|transcripts?|logs?|quotes?|documents?|docs|readme|output|excerpt|chat|sms|lyrics|poem|prompt)\b/i
/** One's own. */
const ownSpeaking =
  /\b(?:i|we)(?:'ve|\u2019ve)?(?: (?:have|had|already|just|once))* (?:said|told|wrote|mentioned|texted|posted)\b/i

const introduces = (text: string): boolean => {
  const line = text.trimEnd()
  if (!line.endsWith(":")) return false
  return texts.test(line) || (speaking.test(line) && !ownSpeaking.test(line))
}

/** "My friend's message", but not "my email". */
const isAnothers = (name: string): boolean => texts.test(name) && /['\u2019]s? /.test(name)

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
      // nobody knows where it ends
      if (introduces(text)) return lines
      const inSentence = name !== undefined && name.split(" ").length > 3
      if (name === undefined || (mayStay(name) && !isAnothers(name)) || inSentence)
        lines.push({ from: from + marker, to })
    }
    from = next
  }
  return lines
}
