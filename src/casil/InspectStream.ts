/** Inspection of a text that arrives in chunks. */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Compiled } from "./Compiled.ts"
import { type Classification, passed, stopped, unseen } from "./Conclusion.ts"
import type { Finding } from "./Finding.ts"
import { type Delivery, Inspection, Meter, type Stop } from "./Inspection.ts"
import { combine, type Verdict } from "./Verdict.ts"

/** What the caller makes of pieces and of an end. */
export interface Hooks<A, X> {
  readonly deliver: (text: string, verdict: Verdict) => A
  readonly block: (stop: Stop) => X
  /** Called once with the verdict on all that was delivered or stopped, however the stream ends. */
  readonly record: (verdict: Verdict) => Effect.Effect<void>
  readonly onInternalError: "allow" | "block"
  /** What is known of the content, given what was found in it so far. */
  readonly classify: (findings: ReadonlyArray<Finding>) => Classification
  /** Whether content with this verdict may pass; else the rule that says no. */
  readonly refuse: (verdict: Verdict, findings: ReadonlyArray<Finding>) => string | undefined
}

/** State of one stream. */
class Run<A, X> {
  readonly #compiled: Compiled
  readonly #hooks: Hooks<A, X>
  readonly #meter: Meter
  readonly #inspection: Inspection
  /** Inspection failed and the policy lets content pass. */
  #blind = false
  #classification: Classification
  #hinted = false
  verdict: Verdict | undefined
  stop: Stop | undefined

  constructor(compiled: Compiled, hooks: Hooks<A, X>) {
    this.#compiled = compiled
    this.#hooks = hooks
    this.#meter = Meter.for(compiled)
    this.#inspection = new Inspection(compiled, this.#meter)
    this.#classification = hooks.classify([])
  }

  push(chunks: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<A>> {
    return Effect.suspend(() => {
      const pieces: Array<A> = []
      return Effect.forEach(
        chunks,
        (chunk) =>
          this.stop === undefined ? this.#take((inspection) => inspection.push(chunk), chunk, pieces) : Effect.void,
        { discard: true }
      ).pipe(Effect.as(pieces))
    })
  }

  finish(): Effect.Effect<ReadonlyArray<A>> {
    return Effect.suspend(() => {
      const pieces: Array<A> = []
      return Effect.as(
        this.#take((inspection) => inspection.finish(), "", pieces),
        pieces
      )
    })
  }

  #take(step: (inspection: Inspection) => Delivery, chunk: string, pieces: Array<A>): Effect.Effect<void> {
    if (this.#blind) return Effect.sync(() => this.#pass(chunk, unseen(this.#compiled, "CASIL_INTERNAL_ALLOW"), pieces))
    return Effect.try({ try: () => step(this.#inspection), catch: () => "failed" as const }).pipe(
      Effect.match({
        onSuccess: ({ findings, redacted, stop, text }) => {
          this.#classification = this.#hooks.classify(findings)
          const verdict = passed(this.#compiled, findings, redacted, this.#meter, this.#classification)
          if (this.#meter.budget.isOver && this.#hooks.onInternalError === "block" && stop === undefined) {
            return this.#halt({ reason: "CASIL_INTERNAL_BLOCK", rules: [] })
          }
          const refused = this.#hooks.refuse(verdict, findings)
          if (refused !== undefined) return this.#halt({ reason: "CASIL_POLICY_BLOCKED", rules: [refused] })
          this.#pass(text, verdict, pieces)
          if (stop !== undefined) this.#halt(stop)
        },
        onFailure: () => {
          if (this.#hooks.onInternalError === "block") return this.#halt({ reason: "CASIL_INTERNAL_BLOCK", rules: [] })
          this.#blind = true
          this.#pass(this.#inspection.undelivered, unseen(this.#compiled, "CASIL_INTERNAL_ALLOW"), pieces)
        }
      })
    )
  }

  #pass(text: string, verdict: Verdict, pieces: Array<A>): void {
    this.#note(verdict)
    const isNews = this.#meter.hinted && !this.#hinted
    this.#hinted = this.#meter.hinted
    if (text !== "" || verdict.rules.length > 0 || isNews) pieces.push(this.#hooks.deliver(text, verdict))
  }

  #halt(stop: Stop): void {
    this.stop = stop
    this.#note(stopped(this.#compiled, stop, this.#meter, this.#classification))
  }

  #note(verdict: Verdict): void {
    this.verdict = this.verdict === undefined ? verdict : combine([this.verdict, verdict])
  }
}

/** Delivers what may travel on as soon as that is certain. What an upstream failure leaves undecided is not delivered. */
export const inspectStream =
  <A, X>(compiled: Compiled, hooks: Hooks<A, X>) =>
  <E, R>(chunks: Stream.Stream<string, E, R>): Stream.Stream<A, E | X, R> =>
    Stream.transformPull(chunks, (pull, scope) =>
      Effect.suspend(() => {
        const run = new Run(compiled, hooks)
        let over = false
        const emit = (pieces: ReadonlyArray<A>): Pull.Pull<Arr.NonEmptyReadonlyArray<A>, E | X, void, R> => {
          if (Arr.isReadonlyArrayNonEmpty(pieces)) return Effect.succeed(pieces)
          if (run.stop !== undefined) return Effect.fail(hooks.block(run.stop))
          return over ? Cause.done() : next
        }
        const next: Pull.Pull<Arr.NonEmptyReadonlyArray<A>, E | X, void, R> = Effect.suspend(() =>
          run.stop !== undefined || over
            ? emit([])
            : pull.pipe(
                Effect.flatMap((chunk) => run.push(chunk)),
                Pull.catchDone(() => {
                  over = true
                  return run.finish()
                }),
                Effect.flatMap(emit)
              )
        )
        const record = Effect.suspend(() => (run.verdict === undefined ? Effect.void : hooks.record(run.verdict)))
        return Effect.as(Scope.addFinalizer(scope, record), next)
      })
    )
