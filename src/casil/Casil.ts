/** Content-aware inspection: the one service that turns content into `Inspected` content. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { CarryOver, noTails, type Tails, tailsOf } from "./CarryOver.ts"
import * as Chain from "./Chain.ts"
import { Circumstances } from "./Circumstances.ts"
import { type Block, type Classifier, Classifiers } from "./Classifier.ts"
import { type Compiled, compile, compileLate } from "./Compiled.ts"
import { stopped, unseen } from "./Conclusion.ts"
import { decideOn, type Undecided } from "./Deciding.ts"
import { applied, type Decision, decideText, decideValue, textsOf } from "./Decision.ts"
import { LongBlocks } from "./LongBlocks.ts"
import type { Finding } from "./Finding.ts"
import type { Inspected } from "./Inspected.ts"
import { sealInspected } from "./SealedInspected.ts"
import { Meter, type Stop } from "./Inspection.ts"
import { inspectStream } from "./InspectStream.ts"
import { type CasilPolicy, defaultPolicy, onInternalError, policyFor } from "./Policy.ts"
import { PolicyInForce, policyInForce } from "./PolicyInForce.ts"
import { record } from "./Record.ts"
import { scopeOf } from "./Scope.ts"
import { Surface } from "./Surface.ts"
import { ReasonCode, sortedFlags, type Verdict } from "./Verdict.ts"
import { text as textWalker, type Walker } from "./Walker.ts"

export { Circumstances } from "./Circumstances.ts"
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
  /** Inspection under `policy`; what it leaves out is as in `defaultPolicy`. A policy that cannot be used is a defect. */
  static readonly layer = (policy: Partial<CasilPolicy> = {}): Layer.Layer<Casil | PolicyInForce> =>
    Layer.effectContext(
      Effect.gen(function* () {
        return services({ ...defaultPolicy, ...policy }, yield* Classifiers, yield* LongBlocks)
      })
    )

  /** Everything passes, and says that it was not looked at. */
  static readonly layerOff: Layer.Layer<Casil | PolicyInForce> = Layer.effectContext(
    Effect.sync(() => services({ ...defaultPolicy, enabled: false }, []))
  )
}

const services = (
  policy: CasilPolicy,
  chain: ReadonlyArray<Classifier>,
  longBlocks?: LongBlocks
): Context.Context<Casil | PolicyInForce> =>
  Context.make(Casil, make(policy, chain, longBlocks)).pipe(Context.add(PolicyInForce, policyInForce(policy, chain)))

const blocked = (surface: Surface, stop: Stop): Blocked =>
  new Blocked({ surface, reason: stop.reason, rules: stop.rules })

/** A policy for each tenant and agent that has one of its own. */
const variants = (policy: CasilPolicy, chain: ReadonlyArray<Classifier>) => {
  const usual = compileLate(policy, chain)
  const known = new Map<string, Compiled>()
  return ({ agent, tenant }: Circumstances): Compiled => {
    if (policy.overrides.length === 0) return usual()
    const own = policyFor(policy, tenant, agent)
    const key = policy.overrides.map(({ agent: onlyAgent, tenant: onlyTenant }) =>
      (onlyTenant === undefined || onlyTenant === tenant) && (onlyAgent === undefined || onlyAgent === agent) ? 1 : 0
    )
    const found = known.get(key.join(""))
    if (found !== undefined) return found
    const made = compile(own, chain)
    known.set(key.join(""), made)
    return made
  }
}

const make = (
  policy: CasilPolicy,
  chain: ReadonlyArray<Classifier>,
  longBlocks: LongBlocks | undefined
): Casil["Service"] => {
  const added = chain.flatMap((link) => link.rules ?? [])
  const compiledFor = variants(policy, chain)
  const carried = new CarryOver()
  const scope = scopeOf(policy.scope.include, policy.scope.exclude)

  /** Why nothing here is inspected, if so. */
  const exempt = (surface: Surface, { channel, room }: Circumstances): ReasonCode | undefined => {
    if (!policy.enabled) return "CASIL_DISABLED"
    if (surface === "bus" && room !== undefined && scope.matches(room, channel ?? "")) return undefined
    return policy.surfaces.includes(surface) ? undefined : "CASIL_OUT_OF_SCOPE"
  }

  const blockOf = (
    surface: Surface,
    circumstances: Circumstances,
    texts: ReadonlyArray<string>,
    findings: ReadonlyArray<Finding>
  ): Block => ({ surface, circumstances, texts, findings })

  const inspect = <A>(
    surface: Surface,
    value: A,
    undecided: (compiled: Compiled, tails: Tails | undefined) => Undecided<A>
  ): Effect.Effect<Inspected<A>, Blocked> =>
    Effect.flatMap(Circumstances, (circumstances) => {
      const compiled = compiledFor(circumstances)
      const reason = exempt(surface, circumstances)
      const pass = (passing: A, verdict: Verdict) =>
        Effect.as(record(compiled.policy, surface, verdict, circumstances), sealInspected(passing, [verdict]))
      const refuse = (stop: Stop, verdict: Verdict) =>
        Effect.andThen(record(compiled.policy, surface, verdict, circumstances), Effect.fail(blocked(surface, stop)))
      if (reason !== undefined) return pass(value, unseen(compiled, reason))
      const onFailure = onInternalError(compiled.policy, surface)
      const failed = (): Decision<A> => {
        const classification = { kind: circumstances.kind ?? "data", flags: [], risk: "medium" } as const
        if (onFailure === "allow") {
          const verdict = unseen(compiled, "CASIL_INTERNAL_ALLOW", classification)
          return { _tag: "Pass", value, verdict, findings: [] }
        }
        const stop: Stop = { reason: "CASIL_INTERNAL_BLOCK", rules: [] }
        return { _tag: "Stop", stop, verdict: stopped(compiled, stop, new Meter(), classification) }
      }
      const decide = (tails: Tails | undefined, keep: (block: Undecided<A>, passing: A) => void) => {
        const settle = (block: Undecided<A>, decision: Decision<A>) => {
          if (decision._tag === "Stop") return refuse(decision.stop, decision.verdict)
          keep(block, decision.value)
          return pass(decision.value, decision.verdict)
        }
        const block = undecided(compiled, tails)
        // frames of the bus are answered in their order
        const elsewhere = surface === "bus" ? undefined : longBlocks
        const options = { onOverBudget: onFailure, tails: tails ?? noTails }
        const conclude = (decision: Decision<A>) => judged(compiled, surface, circumstances, decision, block)
        return decideOn(block, compiled, options, added, elsewhere, conclude).pipe(
          Effect.matchEffect({
            onFailure: () => settle(block, failed()),
            onSuccess: (decision) => settle(block, decision)
          })
        )
      }
      if (circumstances.stream === undefined) return decide(undefined, () => undefined)
      const stream = `${surface}\n${circumstances.stream}`
      return Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const tails = carried.before(stream, now)
        return decide(tails, (block, passing) =>
          carried.keep(stream, tailsOf(compiled, block.textsIn(passing), tails), now)
        )
      })
    })

  /** What the chain makes of a decision: it may add to it, and refuse. */
  const judged = <A>(
    compiled: Compiled,
    surface: Surface,
    circumstances: Circumstances,
    decision: Decision<A>,
    { texts: textsIn }: Undecided<A>
  ): Decision<A> => {
    if (chain.length === 0 && circumstances.kind === undefined) return decision
    const findings = decision._tag === "Pass" ? decision.findings : []
    const all = textsIn()
    const texts = typeof all === "string" ? [all] : all.map(({ text }) => text)
    const block = blockOf(surface, circumstances, texts, findings)
    const { flags, kind, risk } = Chain.classify(chain, block)
    const verdict: Verdict = {
      ...decision.verdict,
      kind,
      flags: sortedFlags([...flags, ...decision.verdict.flags]),
      risk: gravest(decision.verdict.risk, risk)
    }
    if (decision._tag === "Stop") return { ...decision, verdict }
    const refused = Chain.refusing(chain, verdict, block)
    if (refused === undefined || compiled.policy.mode === "monitor") return { ...decision, verdict }
    const stop: Stop = { reason: "CASIL_POLICY_BLOCKED", rules: [refused] }
    return { _tag: "Stop", stop, verdict: { ...verdict, outcome: "block", reason: stop.reason, rules: stop.rules } }
  }

  return Casil.of({
    text: (surface, text) =>
      inspect(surface, text, (compiled, tails) => {
        const options = { onOverBudget: onInternalError(compiled.policy, surface) }
        return {
          here: () =>
            tails === undefined
              ? decideText(compiled, text, options)
              : decideValue(compiled, text, textWalker, { ...options, tails }),
          texts: () => (tails === undefined ? text : textsOf(text, textWalker)),
          textsIn: (passing) => textsOf(passing, textWalker),
          apply: (judgement) => applied(text, textWalker, judgement)
        }
      }),
    value: (surface, value, walk) =>
      inspect(surface, value, (compiled, tails = noTails) => ({
        here: () =>
          decideValue(compiled, value, walk, { onOverBudget: onInternalError(compiled.policy, surface), tails }),
        texts: () => textsOf(value, walk),
        textsIn: (passing) => textsOf(passing, walk),
        apply: (judgement) => applied(value, walk, judgement)
      })),
    stream: (surface) => (chunks) =>
      Stream.unwrap(
        Effect.map(Circumstances, (circumstances) => {
          const compiled = compiledFor(circumstances)
          const reason = exempt(surface, circumstances)
          if (reason !== undefined) {
            const verdicts = [unseen(compiled, reason)]
            return Stream.map(chunks, (text: string) => sealInspected(text, verdicts))
          }
          const block = (findings: ReadonlyArray<Finding>) => blockOf(surface, circumstances, [], findings)
          return inspectStream(compiled, {
            deliver: (text, verdict) => sealInspected(text, [verdict]),
            block: (stop) => blocked(surface, stop),
            record: (verdict) => record(compiled.policy, surface, verdict, circumstances),
            onInternalError: onInternalError(compiled.policy, surface),
            classify: (findings) => Chain.classify(chain, block(findings)),
            refuse: (verdict, findings) =>
              compiled.policy.mode === "monitor" ? undefined : Chain.refusing(chain, verdict, block(findings))
          })(chunks)
        })
      )
  })
}

const RISKS: ReadonlyArray<Verdict["risk"]> = ["low", "medium", "high"]
const gravest = (a: Verdict["risk"], b: Verdict["risk"]): Verdict["risk"] =>
  RISKS.indexOf(b) > RISKS.indexOf(a) ? b : a
