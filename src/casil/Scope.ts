/** Which rooms and channels of the bus are inspected: globs over `room:channel`, in which `*` stands for anything. */

/** Whether `text` is what the glob says: each character of `text` looked at once for each star. */
const matches = (parts: ReadonlyArray<string>, text: string): boolean => {
  const [first = "", ...rest] = parts
  if (rest.length === 0) return text === first
  if (!text.startsWith(first)) return false
  const last = rest.pop() ?? ""
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

export interface Globs {
  readonly matches: (room: string, channel: string) => boolean
}

/** How many answers are remembered: a look-up costs less than a match. */
const REMEMBERED = 4096

const decide = (globs: ReadonlyArray<string>): ((name: string) => boolean) => {
  const parts = globs.map((glob) => glob.split("*"))
  return (name) => parts.some((part) => matches(part, name))
}

/** Answers are remembered by room and channel. */
const remembering = (decided: (name: string) => boolean): Globs => {
  const rooms = new Map<string, Map<string, boolean>>()
  let count = 0
  return {
    matches: (room, channel) => {
      const known = rooms.get(room)?.get(channel)
      if (known !== undefined) return known
      if (count >= REMEMBERED) {
        rooms.clear()
        count = 0
      }
      const answer = decided(`${room}:${channel}`)
      const channels = rooms.get(room) ?? new Map<string, boolean>()
      channels.set(channel, answer)
      rooms.set(room, channels)
      count++
      return answer
    }
  }
}

/** Any of these globs. */
export const anyOf = (globs: ReadonlyArray<string>): Globs =>
  globs.length === 0 ? { matches: () => false } : remembering(decide(globs))

/** What is included and not excluded. Nothing included: nothing. */
export const scopeOf = (include: ReadonlyArray<string>, exclude: ReadonlyArray<string>): Globs => {
  if (include.length === 0) return { matches: () => false }
  const included = decide(include)
  const excluded = decide(exclude)
  return remembering((name) => included(name) && !excluded(name))
}
