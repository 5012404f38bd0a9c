/** Secrets on their way out by egress: filled in where a grant and the hop allow it, and kept from leaking both ways. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { Credentials, EgressResponse, Hop } from "../egress/Egress.ts"
import { BadRequest, Denied, type EgressReason, EgressUnavailable } from "../egress/EgressError.ts"
import { get, type Header, isValue } from "../egress/Headers.ts"
import { requestTarget } from "../egress/Target.ts"
import { defuse, steps as placeholderSteps, without } from "./Defuse.ts"
import { type LeakScanner, redact } from "./LeakScan.ts"
import type { Range } from "./Ranges.ts"
import { fillBody, fillText, fillUrl, marks, names, type Unfilled, type Values } from "./Placeholder.ts"
import type { SecretError } from "./SecretError.ts"
import type { SecretName } from "./SecretName.ts"
import type { Secrets } from "./Secrets.ts"

const utf8 = new TextEncoder()
const text = new TextDecoder()

const unavailable = (cause: SecretError): EgressUnavailable => new EgressUnavailable({ cause })
const denied = ({ target }: Hop, why: string): Denied => new Denied({ kind: "secret", host: target.host, why })

const unfilled = (hop: Hop, why: Unfilled): EgressReason =>
  why.kind === "malformed"
    ? new BadRequest({ why: "a placeholder is not written as {{secret:NAME}}" })
    : denied(hop, `no grant secret:${why.name} is given`)

/**
 * Everything of a hop that others will read, in one piece: no value is hidden by spreading it over several headers, or
 * over their names.
 */
const visible = ({ body, chosenBy, headers, target }: Hop): Uint8Array => {
  // What a server of this origin put into its own URL, it knows already.
  const url = chosenBy === "same_origin" ? "" : `${target.host}${requestTarget(target)}`
  const head = utf8.encode([...headers.map(([name]) => name), url, ...headers.map(([, value]) => value), ""].join("\n"))
  const all = new Uint8Array(head.length + (body?.length ?? 0))
  all.set(head)
  if (body !== undefined) all.set(body, head.length)
  return all
}

/** The URL is filled in only where the caller wrote it: a server would get what it asks for by a redirect to itself. */
const urlsOf = ({ chosenBy, target: { path, query } }: Hop): ReadonlyArray<string> =>
  chosenBy === "caller" ? [path, query ?? ""] : []

const filled = (hop: Hop, values: Values): Result.Result<Hop, EgressReason> =>
  Result.gen(function* () {
    const { body, chosenBy, target } = hop
    const own = chosenBy === "caller"
    const path = own ? yield* fillUrl(target.path, values) : target.path
    const query = own && target.query !== undefined ? yield* fillUrl(target.query, values) : target.query
    const headers: Array<Header> = []
    for (const [name, value] of hop.headers) headers.push([name, yield* fillText(value, values)])
    const type = get(hop.headers, "content-type") ?? ""
    return {
      ...hop,
      target: { ...target, path, query },
      headers,
      body: body === undefined ? undefined : yield* fillBody(body, type, values)
    }
  }).pipe(Result.mapError((why) => unfilled(hop, why)))

/** Looks for something and lets others run meanwhile. */
const search = Effect.fnUntraced(function* (steps: Generator<undefined, ReadonlyArray<Range>>) {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
    yield* Effect.yieldNow
  }
})

const dress = (secrets: Secrets["Service"], granted: ReadonlySet<string>) =>
  Effect.fn("SecretUse.dress")(function* (hop: Hop) {
    const leaks = yield* Effect.mapError(secrets.leaks, unavailable)
    if ((yield* search(leaks.steps(visible(hop)))).length > 0) {
      return yield* new Denied({ kind: "leak", host: hop.target.host, why: "it holds a secret in the open" })
    }
    const wanted = names({ texts: hop.headers.map(([, value]) => value), urls: urlsOf(hop), body: hop.body })
    const values = new Map<SecretName, string>()
    for (const name of wanted) {
      if (!granted.has(name)) return yield* denied(hop, `no grant secret:${name} is given`)
      if (hop.chosenBy === "other_origin")
        return yield* denied(hop, `secret:${name} stays with the origin it was sent to`)
      if (!hop.confidential) return yield* denied(hop, `secret:${name} is not sent in the clear; use https`)
      const value = yield* Effect.mapError(secrets.get(name), unavailable)
      if (value === undefined) {
        return yield* denied(
          hop,
          `there is no secret "${name}"; the operator sets it with \`exoclaw secret set ${name}\``
        )
      }
      values.set(name, Redacted.value(value))
    }
    const ready = yield* Effect.fromResult(filled(hop, values))
    if (!ready.headers.every(([, value]) => isValue(value))) {
      return yield* denied(hop, "the secret holds characters that no header can carry")
    }
    return ready
  })

/** A text without secrets, and without placeholders where some are filled in; the same one where there are none. */
const cleanText = (leaks: LeakScanner, fills: boolean, value: string): string => {
  const bytes = utf8.encode(value)
  const redacted = redact(bytes, leaks.find(bytes))
  const cleaned = fills ? defuse(redacted) : redacted
  return cleaned === bytes ? value : text.decode(cleaned)
}

const clean = Effect.fnUntraced(function* (leaks: LeakScanner, fills: boolean, response: EgressResponse) {
  const redacted = redact(response.body, yield* search(leaks.steps(response.body)))
  const body = fills ? without(redacted, yield* search(placeholderSteps(redacted))) : redacted
  const length = String(body.length)
  const headers = response.headers
    .filter(([name]) => leaks.find(utf8.encode(name)).length === 0)
    .map(([name, value]): Header => {
      if (name === "content-length" && body !== response.body) return [name, length]
      return [name, cleanText(leaks, fills, value)]
    })
  // until a server chose another one, it is the caller's own, placeholders and all
  const url = cleanText(leaks, fills && response.hops > 1, response.url)
  return { ...response, headers, body, url }
})

/**
 * The credentials of a caller that was granted these names. Other names are refused, and so is every request that
 * holds any secret of the installation in the open; in answers all of them are redacted, and where there
 * are names, what a server wrote is no placeholder any more.
 */
export const credentials = (secrets: Secrets["Service"], granted: Iterable<SecretName>): Credentials => {
  const names = new Set(granted)
  return {
    marks,
    dress: dress(secrets, names),
    clean: (response) =>
      Effect.flatMap(Effect.mapError(secrets.leaks, unavailable), (leaks) => clean(leaks, names.size > 0, response))
  }
}
