/** One hop: allowed by a rule, to addresses that were checked, with its credentials, and its answer. */
import * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import { type AddressClass, classify, distinct, mayOpen, refused } from "../../src/egress/AddressPolicy.ts"
import type { EgressRequest, Hop } from "../../src/egress/Egress.ts"
import { Denied, DnsFailed, type EgressReason } from "../../src/egress/EgressError.ts"
import type { EgressLimits } from "../../src/egress/EgressLimits.ts"
import { get, type Header } from "../../src/egress/Headers.ts"
import { type Mismatch, mismatch, opens } from "../../src/egress/HttpRule.ts"
import { type IpAddress, parse } from "../../src/egress/IpAddress.ts"
import { isRedirect } from "../../src/egress/Redirect.ts"
import type { Resolver } from "../../src/egress/Resolver.ts"
import type { Target } from "../../src/egress/Target.ts"
import { type Answer, exchange } from "./exchange.ts"

/** A hop that nobody has checked yet. */
export interface Draft {
  /** From 1. */
  readonly number: number
  readonly target: Result.Result<Target, EgressReason>
  readonly method: string
  readonly headers: ReadonlyArray<Header>
  readonly body: Uint8Array | undefined
  readonly chosenBy: Hop["chosenBy"]
}

/** What is known of a hop so far, for its entry in the audit log. */
export interface Note {
  target: Target | undefined
  address: AddressClass | undefined
  status: number | undefined
  bytes: number
}

export interface Surrounding {
  readonly resolver: Resolver["Service"]
  readonly ca: string | undefined
  readonly input: EgressRequest
  readonly limits: EgressLimits
}

const missing: { readonly [K in Mismatch]: string } = {
  host: "no rule names this host",
  port: "no rule allows this scheme and port",
  path: "no rule allows this path",
  method: "no rule allows this method here"
}

const notPublic = (host: string, name: AddressClass): Denied =>
  new Denied({
    kind: "address",
    host,
    why: mayOpen(name)
      ? `its address is ${name}, which only a rule that names the address itself opens`
      : `its address is ${name}, which no rule opens`
  })

/** Every address of the host, checked: one that may not be connected to refuses them all. */
const addressesOf = Effect.fnUntraced(function* (around: Surrounding, target: Target, method: string, note: Note) {
  const { host } = target
  const texts = target.address === undefined ? yield* around.resolver.resolve(host) : [host]
  const addresses: Array<IpAddress> = []
  for (const text of texts) {
    const address = parse(text)
    // One with a zone, for instance, which is never public.
    if (address === undefined) return yield* notPublic(host, "reserved")
    addresses.push(address)
  }
  if (addresses.length === 0) return yield* new DnsFailed({ host, code: "ENODATA" })
  const bad = refused(addresses, (address) => opens(around.input.rules, address, target, method))
  note.address = bad?.class ?? addresses.map(classify)[0]
  if (bad !== undefined) return yield* notPublic(host, bad.class)
  return distinct(addresses)
})

/** Checks and sends one hop. `note` learns what happens on the way. */
export const send = Effect.fnUntraced(function* (around: Surrounding, draft: Draft, note: Note) {
  const { credentials, rules } = around.input
  const target = yield* Effect.fromResult(draft.target)
  note.target = target
  const lacking = mismatch(rules, target, draft.method)
  if (lacking !== undefined) {
    return yield* new Denied({ kind: "rule", host: target.host, why: missing[lacking] })
  }
  const addresses = yield* addressesOf(around, target, draft.method, note)
  const hop: Hop = {
    method: draft.method,
    target,
    headers: draft.headers,
    body: draft.body,
    chosenBy: draft.chosenBy,
    confidential: target.scheme === "https" || addresses.every((address) => classify(address) !== "public")
  }
  const dressed = credentials === undefined ? hop : yield* credentials.dress(hop)
  const { path, query } = dressed.target
  const wantsBody = (status: number, headers: ReadonlyArray<Header>) =>
    around.limits.redirects === 0 || !isRedirect(status, get(headers, "location"))
  // What is dressed goes where was allowed: nothing but path and query is taken over from its target.
  const allowed: Hop = { ...dressed, method: hop.method, target: { ...target, path, query } }
  const answer: Answer = yield* exchange(allowed, addresses, around.limits, around.ca, wantsBody)
  note.status = answer.status
  note.bytes = answer.body.length
  return { answer, target }
})
