/**
 * Which keys were used lately, and for which position, over a change between Redis and memory: neither knows the keys
 * that the other one took. Bounded in time and number.
 */
import type { Position } from "../../../src/bus/Position.ts"
import type { Window } from "../../../src/bus/Ring.ts"

/** Of all channels together. */
const most = 50_000

interface Used {
  readonly position: Position
  readonly era: number
  readonly at: number
}

export interface Recent {
  /** The position for which another era used the key. */
  readonly known: (key: string, era: number, now: number) => Position | undefined
  readonly add: (key: string, position: Position, era: number, now: number) => void
  /** Forgets all keys that begin so. */
  readonly forget: (prefix: string) => void
}

export const make = ({ millis }: Window): Recent => {
  const used = new Map<string, Used>()
  const isOver = ({ at }: Used, now: number): boolean => at <= now - millis
  return {
    known: (key, era, now) => {
      const found = used.get(key)
      return found === undefined || found.era === era || isOver(found, now) ? undefined : found.position
    },
    add: (key, position, era, now) => {
      used.delete(key)
      used.set(key, { position, era, at: now })
      for (const [oldest, entry] of used) {
        if (used.size <= most && !isOver(entry, now)) return
        used.delete(oldest)
      }
    },
    forget: (prefix) => {
      for (const key of used.keys()) if (key.startsWith(prefix)) used.delete(key)
    }
  }
}
