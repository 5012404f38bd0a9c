// What the engine is told when a start is over and a long run begins.
import * as Effect from "effect/Effect"
import * as module from "node:module"
import * as v8 from "node:v8"

/** Little memory before the last tenth of speed: a heap that grows in small steps. */
const small = ["--optimize-for-size"]

/**
 * Optimizing compilers, whose own memory is most of what a busy gateway would grow by, for functions that are truly hot.
 * With 1,000 sessions after a turn each that is, with the above, more than 20 MB less, at about the same processor time per
 * turn.
 */
const rarely = ["--invocation-count-for-maglev=16000", "--invocation-count-for-turbofan=60000"]

/**
 * Bytes that the young generation grows to, and how often that is looked at. While nothing happens V8 shrinks it to one
 * megabyte; it has to grow again with work, or every third of a megabyte is a collection, and what lives for one answer
 * is taken for old: a thousand connections at once left twenty megabytes of such. By itself it would grow to sixty-four.
 */
const young = 4 * 1024 * 1024
const everyMillis = 250

const grow = (factor: 1 | 2): void => v8.setFlagsFromString(`--semi-space-growth-factor=${factor}`)

/** Lets the young generation grow while it is smaller than that. */
const tend = (): void => {
  const space = v8.getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space")
  grow(space !== undefined && space.space_size < young ? 2 : 1)
}

/** To be called when the code is loaded: what is built of it shall not make the young generation as large as it is. */
export const hold: Effect.Effect<void> = Effect.sync(() => grow(1))

/**
 * Not earlier: the collections of the start itself would cost it about 20 ms. What was compiled is written first, under
 * the flags it was read with: they are what V8 compares when the next start reads it, and a process that is killed never
 * writes it.
 */
const settleWith = (flags: ReadonlyArray<string>): Effect.Effect<void> =>
  Effect.sync(() => {
    grow(2)
    module.flushCompileCache()
    for (const flag of flags) v8.setFlagsFromString(flag)
    tend()
    setInterval(tend, everyMillis).unref()
  })

export const settle = settleWith([...small, ...rarely])

/** For a program that does one thing many thousand times a second: its few hot functions are worth their compilation. */
export const settleHot = settleWith(small)
