/**
 * Over plain subjects: nothing is kept, a node that is away misses what is said meanwhile. Tenants but the default one
 * have a first token of their own, which no wildcard spans: a node says whom it publishes for before it does.
 */
import type { NatsConnection, Subscription } from "@nats-io/transport-node"
import { type Carrier, rootIn, type Take, wait } from "./Carrier.ts"
import type { Letter } from "./Outbox.ts"

const ownRoot = "exoclaw"
/** Says a root (its text), and asks everybody for theirs. No channel's subject looks like these. */
const sayRoot = `${ownRoot}.%root`
const askRoots = `${ownRoot}.%roots`

/** How long a root is known to the others before the first message under it. Milliseconds. */
const headStart = 250
const mostRoots = 10_000
/** Messages that may wait here for those before them. */
const mostWaiting = 100_000

const isRoot = (text: string): boolean => /^exoclaw@[A-Za-z0-9_-]{1,64}$/.test(text)

export const make = (connection: NatsConnection, onDrop: () => void): Carrier => {
  const said = new Set<string>([ownRoot])
  const heard = new Map<string, Subscription>()
  let hear: ((root: string) => void) | undefined
  // also of a node that hears nothing itself
  connection.subscribe(askRoots, {
    callback: () => {
      for (const root of said) connection.publish(sayRoot, root)
    }
  })

  const listen = (take: Take) => {
    const waiting: Array<readonly [subject: string, bytes: Uint8Array]> = []
    const state = { isStopped: false }
    let wake: () => void = () => undefined
    const ended = (async () => {
      while (!state.isStopped) {
        const next = waiting.shift()
        if (next === undefined) await new Promise<void>((resolve) => (wake = resolve))
        else await take(...next)
      }
    })()
    const callback = (error: Error | null, { data, subject }: { data: Uint8Array; subject: string }): void => {
      if (error !== null) return
      if (subject === askRoots) return
      if (subject === sayRoot) {
        const root = Buffer.from(data).toString("latin1")
        if (isRoot(root)) hear?.(root)
        return
      }
      if (waiting.length >= mostWaiting) return onDrop()
      waiting.push([subject, data])
      wake()
    }
    hear = (root) => {
      if (heard.has(root) || heard.size >= mostRoots) return
      heard.set(root, connection.subscribe(`${root}.>`, { callback }))
    }
    for (const root of said) hear(root)
    connection.publish(askRoots)
    const stop = () => {
      state.isStopped = true
      hear = undefined
      for (const subscription of heard.values()) subscription.unsubscribe()
      heard.clear()
      wake()
    }
    return { ended, stop }
  }

  const send = async (letters: ReadonlyArray<Letter>): Promise<ReadonlySet<Letter>> => {
    try {
      const fresh = new Set(letters.map(({ subject }) => rootIn(subject)).filter((root) => !said.has(root)))
      for (const root of fresh) {
        said.add(root)
        hear?.(root)
        connection.publish(sayRoot, root)
      }
      if (fresh.size > 0) {
        await connection.flush()
        await wait(headStart)
      }
      for (const { bytes, subject } of letters) connection.publish(subject, bytes)
      // the server has read everything before it answers this
      await connection.flush()
      return new Set()
    } catch {
      return new Set(letters)
    }
  }

  return { name: "subjects", listen, send }
}
