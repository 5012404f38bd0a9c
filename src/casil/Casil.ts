/** Content-aware inspection: the one service that turns content into `Inspected` content. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Counters from "./Counters.ts"
import { compile, type Decision, decideText, decideValue, stopped, unseen } from "./Decision.ts"
import { type Inspected, sealInspected } from "./Inspected.ts"
import { type Compiled, Meter, type Stop } from "./Inspection.ts"
import { inspectStream } from "./InspectStream.ts"
import { type CasilPolicy, defaultPolicy, onInternalError } from "./Policy.ts"
import { Surface } from "./Surface.ts"
import { ReasonCode, type Verdict } from "./Verdict.ts"
import type { Walker } from "./Walker.ts"

export { Surface } from "./Surface.ts"
export type { Walker } from "./Walker.ts"

/** Content that may not pass. `rules` are ids; the content itself is never part of the error. Audience: peer, model, operator. */
export class Blocked extends Schema.TaggedError<Blocked>()("Blocked", {
  surface: Surface,
  reason: ReasonCode,
  rules: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `The ${this.surface.replace("_", " ")} was blocked by content inspection (${this.reason}${
      this.rules.length > 0 ? `: ${this.rules.join(", ")}` : ""
    }).`
  }
}

export class Casil extends Context.Service<
  Casil,
  {
    /** Inspects one text. */
    readonly text: (surface: Surface, text: string) => Effect.Effect<Inspected<string>, Blocked>
    /**
     * Inspects every text that `walk` visits in `value`. The value is one block with one verdict; spans are counted as
     * if its texts stood one after the other. Its fields may be frozen in place.
     */
    readonly value: <A>(surface: Surface, value: A, walk: Walker<A>) => Effect.Effect<Inspected<A>, Blocked>
    /**
     * Inspects a text that arrives in chunks. Holds back only from the start of an open candidate, bounded; any
     * chunking of one text gives the same verdict. A late block fails the stream with what was not yet delivered held.
     * Each piece has the verdict on its part, with spans counted from the beginning; `combine` makes them one.
     */
    readonly stream: (
      surface: Surface
    ) => <E, R>(chunks: Stream.Stream<string, E, R>) => Stream.Stream<Inspected<string>, E | Blocked, R>
  }
>()("exoclaw/casil/Casil") {
  /** Inspection under `policy`; what it leaves out is as in `defaultPolicy`. */
  static readonly layer = (policy: Partial<CasilPolicy> = {}): Layer.Layer<Casil> =>
    Layer.sync(Casil, () => make(compile({ ...defaultPolicy, ...policy })))

  /** Everything passes, and says that it was not looked at. */
  static readonly layerOff: Layer.Layer<Casil> = Layer.sync(Casil, () =>
    make(compile({ ...defaultPolicy, enabled: false }))
  )
}

/** Why nothing on this surface is inspected, if so. */
const exempt = ({ policy }: Compiled, surface: Surface): ReasonCode | undefined =>
  !policy.enabled ? "CASIL_DISABLED" : policy.surfaces.includes(surface) ? undefined : "CASIL_OUT_OF_SCOPE"

const blocked = (surface: Surface, stop: Stop): Blocked =>
  new Blocked({ surface, reason: stop.reason, rules: stop.rules })

const make = (compiled: Compiled): Casil["Service"] => {
  const pass = <A>(surface: Surface, value: A, verdict: Verdict): Effect.Effect<Inspected<A>> =>
    Effect.as(Counters.count(surface, verdict), sealInspected(value, [verdict]))

  const settle = <A>(surface: Surface, decision: Decision<A>): Effect.Effect<Inspected<A>, Blocked> =>
    decision._tag === "Pass"
      ? pass(surface, decision.value, decision.verdict)
      : Effect.andThen(Counters.count(surface, decision.verdict), Effect.fail(blocked(surface, decision.stop)))

  const inspect = <A>(surface: Surface, value: A, decide: () => Decision<A>): Effect.Effect<Inspected<A>, Blocked> =>
    Effect.suspend(() => {
      const reason = exempt(compiled, surface)
      if (reason !== undefined) return pass(surface, value, unseen(compiled, reason))
      return Effect.try({ try: decide, catch: () => "failed" as const }).pipe(
        Effect.catch(() => {
          if (onInternalError(compiled.policy, surface) === "allow") {
            return Effect.succeed<Decision<A>>({
              _tag: "Pass",
              value,
              verdict: unseen(compiled, "CASIL_INTERNAL_ALLOW")
            })
          }
          const stop: Stop = { reason: "CASIL_INTERNAL_BLOCK", rules: [] }
          return Effect.succeed<Decision<A>>({ _tag: "Stop", stop, verdict: stopped(compiled, stop, new Meter()) })
        }),
        Effect.flatMap((decision) => settle(surface, decision))
      )
    })

  return Casil.of({
    text: (surface, text) => inspect(surface, text, () => decideText(compiled, text)),
    value: (surface, value, walk) => inspect(surface, value, () => decideValue(compiled, value, walk)),
    stream: (surface) => {
      const reason = exempt(compiled, surface)
      if (reason === undefined) {
        return inspectStream(compiled, {
          deliver: (text, verdict) => sealInspected(text, [verdict]),
          block: (stop) => blocked(surface, stop),
          record: (verdict) => Counters.count(surface, verdict),
          onInternalError: onInternalError(compiled.policy, surface)
        })
      }
      const verdicts = [unseen(compiled, reason)]
      return Stream.map((text: string) => sealInspected(text, verdicts))
    }
  })
}
