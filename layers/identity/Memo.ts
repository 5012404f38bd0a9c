/** Answers that may be a little old: a thousand connections of one token ask the store once. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/**
 * Remembers what `ask` answered for `millis`, unless `isKept` says otherwise; forgets everything at `capacity` keys. Failures
 * are not remembered.
 */
export const memoize = <A, E>(
  millis: number,
  capacity: number,
  ask: (key: string) => Effect.Effect<A, E>,
  isKept: (answer: A) => boolean = () => true
): ((key: string) => Effect.Effect<A, E>) => {
  const known = new Map<string, { readonly at: number; readonly answer: A }>()
  return Effect.fnUntraced(function* (key: string) {
    const now = yield* Clock.currentTimeMillis
    const found = known.get(key)
    if (found !== undefined && now - found.at < millis && now >= found.at) return found.answer
    const answer = yield* ask(key)
    if (!isKept(answer)) return answer
    if (known.size >= capacity) known.clear()
    known.set(key, { at: now, answer })
    return answer
  })
}
