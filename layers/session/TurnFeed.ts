/**
 * Who watches which turn in this process. A follower keeps a place (`seq`), not a queue: a slow one costs nothing and
 * holds up nobody. Events of running turns stay here until the turn is over, bounded; older ones are read again.
 */
import * as Effect from "effect/Effect"
import type { TurnId } from "../../src/domain/Ids.ts"
import type { TurnEvent } from "../../src/session/TurnEvent.ts"
import type { Watch, WatchedTurn } from "../../src/session/TurnWatch.ts"

/** Events kept in memory per running turn. */
const kept = 256

interface Feed {
  readonly about: WatchedTurn
  readonly recent: Array<TurnEvent>
  readonly waiting: Set<() => void>
}

export interface TurnFeed {
  /** The turn runs in this process from now on. */
  readonly open: (turn: WatchedTurn) => void
  readonly close: (turn: TurnId) => void
  readonly publish: (turn: TurnId, events: ReadonlyArray<TurnEvent>) => void
  /** Events after `seq`, when all of them are in memory; undefined means: read the store. */
  readonly after: (turn: TurnId, seq: number) => ReadonlyArray<TurnEvent> | undefined
  readonly isLocal: (turn: TurnId) => boolean
  /** Waits for the next publication or end; at once when the turn is not local. */
  readonly changed: (turn: TurnId, seq: number) => Effect.Effect<void>
  /** Waits until the turn starts to run in this process. */
  readonly opened: (turn: TurnId) => Effect.Effect<void>
  /** The `seq` of the latest event that was published of a turn that runs here. */
  readonly last: (turn: TurnId) => number | undefined
  /** Tells those who wait for a turn to start that it never will. */
  readonly nudge: (turn: TurnId) => void
  readonly size: () => number
}

export const make = (watch: Watch = () => undefined): TurnFeed => {
  const feeds = new Map<TurnId, Feed>()
  const expected = new Map<TurnId, Set<() => void>>()
  const wake = (feed: Feed) => {
    const waiting = [...feed.waiting]
    feed.waiting.clear()
    for (const resume of waiting) resume()
  }
  const nudge = (turn: TurnId) => {
    for (const resume of expected.get(turn) ?? []) resume()
    expected.delete(turn)
  }
  return {
    open(about) {
      feeds.set(about.id, { about, recent: [], waiting: new Set() })
      nudge(about.id)
    },
    close(turn) {
      const feed = feeds.get(turn)
      feeds.delete(turn)
      if (feed !== undefined) wake(feed)
    },
    publish(turn, events) {
      const feed = feeds.get(turn)
      if (feed === undefined) return
      const last = feed.recent.at(-1)?.seq
      const fresh = last === undefined ? events : events.filter((event) => event.seq > last)
      const [first] = fresh
      if (first === undefined) return
      // behind a hole there is nothing to keep: followers find what is missing in the store
      if (last !== undefined && first.seq !== last + 1) feed.recent.length = 0
      feed.recent.push(...fresh)
      if (feed.recent.length > kept) feed.recent.splice(0, feed.recent.length - kept)
      wake(feed)
      watch(feed.about, fresh)
    },
    after(turn, seq) {
      const recent = feeds.get(turn)?.recent
      const first = recent?.[0]
      if (recent === undefined || first === undefined || first.seq > seq + 1) return undefined
      return recent.slice(seq + 1 - first.seq)
    },
    isLocal: (turn) => feeds.has(turn),
    changed: (turn, seq) =>
      Effect.callback<void>((resume) => {
        const feed = feeds.get(turn)
        const last = feed?.recent.at(-1)
        if (feed === undefined || (last !== undefined && last.seq > seq)) return resume(Effect.void)
        const wakeUp = () => resume(Effect.void)
        feed.waiting.add(wakeUp)
        return Effect.sync(() => feed.waiting.delete(wakeUp))
      }),
    opened: (turn) =>
      Effect.callback<void>((resume) => {
        if (feeds.has(turn)) return resume(Effect.void)
        const wakeUp = () => resume(Effect.void)
        const waiting = expected.get(turn) ?? new Set()
        expected.set(turn, waiting.add(wakeUp))
        return Effect.sync(() => {
          waiting.delete(wakeUp)
          if (waiting.size === 0) expected.delete(turn)
        })
      }),
    last: (turn) => feeds.get(turn)?.recent.at(-1)?.seq,
    nudge,
    size: () => feeds.size + expected.size
  }
}
