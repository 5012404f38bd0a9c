/**
 * The proof of inspection, with what makes one: for `Casil.ts` alone (held by the architecture test), and no export of the
 * package. Everybody else has `Inspected.ts`.
 */
import type { Verdict } from "./Verdict.ts"

const seal: unique symbol = Symbol("exoclaw/casil/Inspected/seal")

class SealedInspected<A> {
  readonly #value: A
  readonly #verdicts: ReadonlyArray<Verdict>
  constructor(token: typeof seal, value: A, verdicts: ReadonlyArray<Verdict>) {
    if (token !== seal) throw new TypeError("exoclaw: only Casil makes Inspected values")
    this.#value = value
    this.#verdicts = verdicts
    Object.freeze(this)
  }
  static genuine(u: unknown): u is SealedInspected<unknown> {
    return typeof u === "object" && u !== null && #value in u
  }
  /** Reads the fields themselves: what somebody did to the getters does not matter. */
  static read<A>(inspected: SealedInspected<A>): { readonly value: A; readonly verdicts: ReadonlyArray<Verdict> } {
    if (!SealedInspected.genuine(inspected)) throw new TypeError("exoclaw: forged Inspected value")
    return { value: inspected.#value, verdicts: inspected.#verdicts }
  }
  /** What travels on: redactions are already applied. Frozen all the way down. */
  get value(): A {
    return this.#value
  }
  /** One verdict per inspected block, in order. */
  get verdicts(): ReadonlyArray<Verdict> {
    return this.#verdicts
  }
}
Object.freeze(SealedInspected)
Object.freeze(SealedInspected.prototype)
const { genuine, read } = SealedInspected

/** A value that Casil has seen. */
export type Inspected<A> = SealedInspected<A>

/** Freezes all of a value, what hangs from its frozen parts too; without recursion, so of any depth. */
const freeze = <A>(value: A): A => {
  if (typeof value !== "object" || value === null) return value
  const pending: Array<object> = [value]
  // what was frozen by somebody else; what is frozen here is known by that
  let seen: Set<unknown> | undefined
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (ArrayBuffer.isView(next)) continue
    if (!Object.isFrozen(next)) Object.freeze(next)
    else if (seen?.has(next) === true) continue
    else (seen ??= new Set()).add(next)
    const keys = Reflect.ownKeys(next)
    for (let i = 0; i < keys.length; i++) {
      const part = (next as Record<PropertyKey, unknown>)[keys[i] as PropertyKey]
      if (typeof part === "object" && part !== null) pending.push(part)
    }
  }
  return value
}

/** Freezes a value and says that it was inspected. */
export const sealInspected = <A>(value: A, verdicts: ReadonlyArray<Verdict>): Inspected<A> =>
  new SealedInspected(seal, freeze(value), freeze(verdicts))

/** The value inside; throws a TypeError (a defect) on a forged one. */
export const open = <A>(inspected: Inspected<A>): A => read(inspected).value

export const isGenuine: (u: unknown) => u is Inspected<unknown> = genuine

/** Inspected parts make an inspected list. */
export const array = <A>(parts: ReadonlyArray<Inspected<A>>): Inspected<ReadonlyArray<A>> => {
  const opened = Array.from(parts, read)
  return new SealedInspected(
    seal,
    Object.freeze(opened.map(({ value }) => value)),
    Object.freeze(opened.flatMap(({ verdicts }) => verdicts))
  )
}

/** Inspected fields make an inspected record. */
export const struct = <R extends Readonly<Record<string, Inspected<unknown>>>>(
  fields: R
): Inspected<{ readonly [K in keyof R]: R[K] extends Inspected<infer A> ? A : never }> => {
  const opened = Object.entries(fields).map(([key, part]) => [key, read(part)] as const)
  const value = Object.freeze(Object.fromEntries(opened.map(([key, part]) => [key, part.value])))
  return new SealedInspected(
    seal,
    // the record's shape is that of `fields` by construction
    value as { readonly [K in keyof R]: R[K] extends Inspected<infer A> ? A : never },
    Object.freeze(opened.flatMap(([, part]) => part.verdicts))
  )
}
