/**
 * The proof of inspection. `Inspected<A>` is made by the `Casil` service and composed out of inspected parts; it is
 * immutable, and nothing else can make one (casts and look-alikes die at `open`).
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
  /** What travels on: redactions are already applied. Frozen all the way down. */
  get value(): A {
    return this.#value
  }
  /** One verdict per inspected block, in order. */
  get verdicts(): ReadonlyArray<Verdict> {
    return this.#verdicts
  }
}

/** A value that Casil has seen. */
export type Inspected<A> = SealedInspected<A>

const freeze = <A>(value: A): A => {
  if (typeof value !== "object" || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value
  Object.freeze(value)
  for (const key of Reflect.ownKeys(value)) freeze((value as Record<PropertyKey, unknown>)[key])
  return value
}

/** For the `Casil` service alone (held by the architecture test). */
export const sealInspected = <A>(value: A, verdicts: ReadonlyArray<Verdict>): Inspected<A> =>
  new SealedInspected(seal, freeze(value), verdicts)

const check = <A>(inspected: Inspected<A>): Inspected<A> => {
  if (!SealedInspected.genuine(inspected)) throw new TypeError("exoclaw: forged Inspected value")
  return inspected
}

/** The value inside; throws a TypeError (a defect) on a forged one. */
export const open = <A>(inspected: Inspected<A>): A => check(inspected).value

export const isGenuine: (u: unknown) => u is Inspected<unknown> = SealedInspected.genuine

/** Inspected parts make an inspected list. */
export const array = <A>(parts: ReadonlyArray<Inspected<A>>): Inspected<ReadonlyArray<A>> =>
  new SealedInspected(
    seal,
    Object.freeze(parts.map(open)),
    parts.flatMap((part) => part.verdicts)
  )

/** Inspected fields make an inspected record. */
export const struct = <R extends Readonly<Record<string, Inspected<unknown>>>>(
  fields: R
): Inspected<{ readonly [K in keyof R]: R[K] extends Inspected<infer A> ? A : never }> => {
  const entries = Object.entries(fields)
  const value = Object.freeze(Object.fromEntries(entries.map(([key, part]) => [key, open(part)])))
  return new SealedInspected(
    seal,
    // the record's shape is that of `fields` by construction
    value as { readonly [K in keyof R]: R[K] extends Inspected<infer A> ? A : never },
    entries.flatMap(([, part]) => part.verdicts)
  )
}
