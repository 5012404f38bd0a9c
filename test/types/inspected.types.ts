/** Compile-time promises of `Inspected`: this file is checked, never run. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Casil } from "../../src/casil/Casil.ts"
import type { Blocked } from "../../src/casil/Casil.ts"
import { array, type Inspected, open, struct } from "../../src/casil/Inspected.ts"
import * as InspectedModule from "../../src/casil/Inspected.ts"

declare const needs: (content: Inspected<string>) => void
declare const inspected: Inspected<string>
declare const text: string

needs(inspected)
// @ts-expect-error plain content is not inspected content
needs(text)
// @ts-expect-error a look-alike lacks the private fields
needs({ value: "x", verdicts: [] })
// @ts-expect-error a copy lacks them too
needs({ ...inspected })
// @ts-expect-error inspected content of another type is another type
needs(array([inspected]))
// @ts-expect-error the value cannot be replaced
inspected.value = "x"
// @ts-expect-error nor its verdicts
inspected.verdicts.push()
// @ts-expect-error the class is not exported
const make = InspectedModule.SealedInspected
// @ts-expect-error nor is the seal
const seal = InspectedModule.seal
// @ts-expect-error parts must be inspected
struct({ a: text })

export const composed: { readonly a: string; readonly b: ReadonlyArray<string> } = open(
  struct({ a: inspected, b: array([inspected]) })
)

/** Whoever inspects needs the service, and may be refused. */
export const one: Effect.Effect<Inspected<string>, Blocked, Casil> = Effect.flatMap(Casil, (casil) =>
  casil.text("prompt", text)
)
// @ts-expect-error without the service there is no inspection
export const two: Effect.Effect<Inspected<string>, Blocked> = one
// @ts-expect-error and it can fail
export const three: Effect.Effect<Inspected<string>, never, Casil> = one
export const four = Stream.unwrap(Effect.map(Casil, (casil) => casil.stream("answer")(Stream.make("a"))))
export const five: Stream.Stream<Inspected<string>, Blocked, Casil> = four
void [make, seal]
