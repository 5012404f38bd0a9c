/** What a join names: a channel, all of a room, or everything of the tenant. */

/** Stands for all rooms, or for all channels of a room. */
export const everything = "*"

export const patternOf = (room: string, channel: string): string => `${room}:${channel}`

/** Those that a channel is heard by. */
export const patternsOf = (room: string, channel: string): ReadonlyArray<string> => [
  patternOf(room, channel),
  patternOf(room, everything),
  patternOf(everything, everything)
]
