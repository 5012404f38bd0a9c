/** `Egress` on Node's own HTTP client. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { Audit } from "../../src/audit/Audit.ts"
import { Egress, type EgressRequest, type EgressResponse } from "../../src/egress/Egress.ts"
import {
  BadRequest,
  Denied,
  EgressError,
  type EgressReason,
  TimedOut,
  TooLarge,
  TooManyRedirects
} from "../../src/egress/EgressError.ts"
import { effective, type EgressLimits, requestBytes } from "../../src/egress/EgressLimits.ts"
import { accept, answered, get } from "../../src/egress/Headers.ts"
import { methods } from "../../src/egress/HttpRule.ts"
import { decide, headersAfter } from "../../src/egress/Redirect.ts"
import { Resolver } from "../../src/egress/Resolver.ts"
import { parse, show, type Target } from "../../src/egress/Target.ts"
import type { Principal } from "../../src/identity/Principal.ts"
import { audited } from "./audited.ts"
import type { Answer } from "./exchange.ts"
import { type Draft, send } from "./send.ts"

export interface NodeEgressOptions {
  /** Certificates to trust instead of Node's, as PEM. */
  readonly ca?: string | undefined
}

/** The caller's request, read once; what is wrong with it is told by the first hop, so that it is recorded. */
const first = (input: EgressRequest): Draft => {
  const method = input.method.toUpperCase()
  const invalid = (why: string): EgressReason => new BadRequest({ why })
  const target = parse(input.url)
  const headers = accept(input.headers)
  const checked: Result.Result<Target, EgressReason> = !methods.includes(method)
    ? Result.fail(invalid(`the method is one of ${methods.join(", ")}`))
    : (input.body?.length ?? 0) > requestBytes
      ? Result.fail(new TooLarge({ what: "request", limit: requestBytes }))
      : Result.isFailure(headers)
        ? Result.fail(invalid(headers.failure))
        : Result.mapError(target, invalid)
  return {
    number: 1,
    target: checked,
    method: methods.includes(method) ? method : "",
    headers: Result.isSuccess(headers) ? headers.success : [],
    body: input.body,
    chosenBy: "caller"
  }
}

/** The next hop where the answer is a redirect that may be followed. */
const following = (
  draft: Draft,
  from: Target,
  answer: Answer,
  { credentials }: EgressRequest,
  limits: EgressLimits
): Draft | undefined => {
  if (limits.redirects === 0) return undefined
  const location = get(answer.headers, "location")
  const decision = decide({ status: answer.status, method: draft.method, from, location })
  const number = draft.number + 1
  if (Result.isFailure(decision)) {
    const reason = new Denied({
      kind: "redirect",
      host: from.host,
      why: `its redirect is refused: ${decision.failure}`
    })
    return { ...draft, number, target: Result.fail(reason) }
  }
  const follow = decision.success
  if (follow === undefined) return undefined
  return {
    number,
    target:
      number > limits.redirects + 1
        ? Result.fail(new TooManyRedirects({ limit: limits.redirects }))
        : Result.succeed(follow.target),
    method: follow.method,
    headers: headersAfter(draft.headers, follow, credentials?.marks ?? (() => false)),
    body: follow.keepsBody ? draft.body : undefined,
    // A server that was reached by a redirect never becomes one that the caller chose.
    chosenBy: follow.crossOrigin || draft.chosenBy === "other_origin" ? "other_origin" : "same_origin"
  }
}

const make = (options: NodeEgressOptions) =>
  Effect.gen(function* () {
    const audit = yield* Audit
    const resolver = yield* Resolver

    const chain = Effect.fnUntraced(function* (input: EgressRequest) {
      const limits = effective(input.limits)
      const deadline = (yield* Clock.currentTimeMillis) + limits.timeoutMs
      let draft = first(input)
      for (;;) {
        const left = deadline - (yield* Clock.currentTimeMillis)
        const { answer, target } = yield* audited(audit, input.caller, draft, (note) =>
          send({ resolver, ca: options.ca, input, limits }, draft, note).pipe(
            Effect.timeoutOrElse({
              duration: Math.max(0, left),
              orElse: () => Effect.fail(new TimedOut({ waitingFor: "request", millis: limits.timeoutMs }))
            })
          )
        )
        const next = following(draft, target, answer, input, limits)
        if (next === undefined) {
          const { body, headers, status } = answer
          const length = draft.method === "HEAD" ? undefined : body.length
          const url = show(target)
          const response: EgressResponse = {
            status,
            headers: answered(headers, length),
            body,
            url,
            hops: draft.number
          }
          return yield* input.credentials === undefined ? Effect.succeed(response) : input.credentials.clean(response)
        }
        draft = next
      }
    })

    return Egress.of({
      request: Effect.fn("Egress.request")((input: EgressRequest) =>
        Effect.mapError(chain(input), (reason) => new EgressError({ reason }))
      )
    })
  })

export const layerWith = (options: NodeEgressOptions): Layer.Layer<Egress, never, Audit | Resolver> =>
  Layer.effect(Egress, make(options))

export const layer: Layer.Layer<Egress, never, Audit | Resolver> = layerWith({})

/** Answers from a function instead of the network; nothing is checked. */
export const layerTest = (
  answer: (request: EgressRequest) => Effect.Effect<EgressResponse, EgressError, Principal>
): Layer.Layer<Egress> => Layer.succeed(Egress, Egress.of({ request: answer }))
