/**
 * `http_request` of the kernel, so of every stock PDK: served by egress under the plugin's `http:` grants. Secrets are
 * named by placeholders, which are filled in on the way out for those that a `secret:` grant names.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Credentials, Egress, EgressResponse } from "../../../src/egress/Egress.ts"
import type { Http } from "../../../src/sandbox/Capability.ts"
import { Capabilities, openGrant } from "../../../src/sandbox/Grant.ts"
import type { HostCall, HostFunction } from "../../../src/sandbox/HostFunction.ts"
import { beyond, type JsonBounds } from "../../../src/sandbox/JsonBounds.ts"
import { KERNEL_NAMESPACE } from "../../../src/sandbox/Kernel.ts"
import * as Frame from "../Frame.ts"

const Headers = Schema.optionalKey(Schema.NullOr(Schema.Record(Schema.String, Schema.String)))
/** As the PDKs write it; older ones say `header`. */
const Request = Schema.Struct({
  url: Schema.String,
  method: Schema.optionalKey(Schema.NullOr(Schema.String)),
  headers: Headers,
  header: Headers
})
const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(Request))
/** Of all but the body. */
const bounds: JsonBounds = { characters: 64 * 1024, depth: 4, values: 512 }

class NotSent extends Schema.TaggedError<NotSent>()("NotSent", {
  message: Schema.String,
  denied: Schema.Boolean
}) {}

const utf8 = new TextDecoder("utf-8")
const encoder = new TextEncoder()
const nothing = new Uint8Array()

/** One line per name, as the PDKs read them. */
const folded = (headers: EgressResponse["headers"]): Record<string, string> => {
  const lines = new Map<string, string>()
  for (const [name, value] of headers) {
    const before = lines.get(name)
    lines.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return Object.fromEntries(lines)
}

const ruleOf = ({ host, methods, path, port }: Http) => ({
  host,
  ...(port === undefined ? {} : { port }),
  ...(path === undefined ? {} : { path }),
  ...(methods === undefined ? {} : { methods })
})

/** The names of the secrets that the plugin may use, none where it has no such grant. */
const secrets = (call: HostCall) =>
  Effect.map(openGrant("secret"), ({ granted }) => granted.map(({ name }) => name)).pipe(
    Capabilities.withGrants(call.plugin, "secret"),
    Effect.orElseSucceed((): ReadonlyArray<string> => [])
  )

/** What fills in the placeholders of these secrets; without it, a placeholder is text like any other. */
export type CredentialsFor = (secrets: ReadonlyArray<string>) => Credentials

const send = (
  egress: Egress["Service"],
  credentialsFor: CredentialsFor | undefined,
  argument: Uint8Array,
  call: HostCall
) =>
  Effect.gen(function* () {
    const parts = Frame.splitBody(argument)
    const text = utf8.decode(parts?.json)
    const much = beyond(text, bounds)
    if (much !== undefined) return yield* new NotSent({ message: `The request has ${much}.`, denied: false })
    const request = yield* Effect.mapError(
      decode(text),
      (error) => new NotSent({ message: `The request is not valid: ${error.message}`, denied: false })
    )
    const { granted } = yield* openGrant("http")
    const credentials = credentialsFor?.(yield* secrets(call))
    const response = yield* egress
      .request({
        caller: `plugin:${call.plugin}`,
        rules: granted.map(ruleOf),
        method: request.method ?? "GET",
        url: request.url,
        headers: Object.entries(request.headers ?? request.header ?? {}),
        ...(parts === undefined || parts.body.length === 0 ? {} : { body: parts.body }),
        credentials
      })
      .pipe(Effect.mapError((error) => new NotSent({ message: error.message, denied: error.reason._tag === "Denied" })))
    return { head: { status: response.status, headers: folded(response.headers) }, body: response.body }
  }).pipe(Capabilities.withGrants(call.plugin, "http"))

const reply = (head: Frame.HttpReply, body: Uint8Array): Uint8Array =>
  Frame.withBody(encoder.encode(JSON.stringify(head)), body)

export const http = (egress: Egress["Service"], credentialsFor?: CredentialsFor): HostFunction => ({
  namespace: KERNEL_NAMESPACE,
  name: "http_request",
  params: ["i64", "i64"],
  results: ["i64"],
  capability: "http",
  call: (argument, call) =>
    Effect.match(send(egress, credentialsFor, argument, call), {
      onSuccess: ({ body, head }) => reply(head, body),
      onFailure: (error) => reply({ error: error.message, denied: error._tag !== "NotSent" || error.denied }, nothing)
    })
})
