/** What a plugin may be granted: capability strings of the configuration, parsed; nothing misspelt is ever skipped. */
import * as Result from "effect/Result"
import { nearest } from "../config/Nearest.ts"
import { PluginRefused } from "./PluginError.ts"

/** What happens to a use of the capability once untrusted text is in the turn's context. */
export type Untrusted = boolean | "approve"

interface Conditions {
  readonly untrusted?: Untrusted
}
/** Requests to one host; `path` is a prefix, `methods` upper-case. */
export interface Http extends Conditions {
  readonly kind: "http"
  readonly host: string
  readonly port?: number
  readonly path?: string
  readonly methods?: ReadonlyArray<string>
}
/** A key-value store of that name, of the plugin and the principal alone. */
export interface Store extends Conditions {
  readonly kind: "store"
  readonly name: string
}
/** Use of a secret by placeholder; its value never reaches the plugin. */
export interface Secret extends Conditions {
  readonly kind: "secret"
  readonly name: string
}
/** Messages of one room, or of one of its channels. */
export interface Bus extends Conditions {
  readonly kind: "bus"
  readonly room: string
  readonly channel?: string
}
/** Questions to one agent's model, under the caller's budget. */
export interface Model extends Conditions {
  readonly kind: "model"
  readonly agent: string
}
export interface Clock extends Conditions {
  readonly kind: "clock"
}
export interface Random extends Conditions {
  readonly kind: "random"
}
/** A function that the embedding program registered. */
export interface Registered extends Conditions {
  readonly kind: "host_function"
  readonly name: string
}
export type Capability = Http | Store | Secret | Bus | Model | Clock | Random | Registered
export type CapabilityKind = Capability["kind"]
export type CapabilityOf<K extends CapabilityKind> = Extract<Capability, { readonly kind: K }>

/** Whether a capability is one of that kind. */
export const ofKind =
  <K extends CapabilityKind>(kind: K) =>
  (capability: Capability): capability is CapabilityOf<K> =>
    capability.kind === kind

/** As the configuration writes it: the string, or a table where it needs more. */
export type GrantInput =
  | string
  | {
      readonly grant: string
      readonly methods?: ReadonlyArray<string> | undefined
      readonly untrusted?: Untrusted | undefined
    }

/** How each kind is written. */
export const forms: Readonly<Record<CapabilityKind, string>> = {
  http: "http:HOST[:PORT][/path]",
  store: "store:NAME",
  secret: "secret:NAME",
  bus: "bus:ROOM[:CHANNEL]",
  model: "model:AGENT",
  clock: "clock",
  random: "random",
  host_function: "host_function:NAME"
}
const kinds = Object.keys(forms)
const isKind = (text: string): text is CapabilityKind => Object.hasOwn(forms, text)

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
const label = /^[A-Za-z0-9_.-]{1,64}$/
const identifier = /^[A-Za-z0-9_]{1,64}$/
const hostName = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/
const hostV6 = /^\[[0-9a-f:.]{2,45}\]$/
const pathPrefix = /^\/[A-Za-z0-9._~!$&'()*+,;=:@%/-]{0,255}$/

const http = (text: string): Http | string => {
  const slash = text.indexOf("/")
  const authority = slash < 0 ? text : text.slice(0, slash)
  const path = slash < 0 ? undefined : text.slice(slash)
  const split = /^(\[[^\]]*\]|[^:]*)(?::([0-9]{1,5}))?$/.exec(authority)
  const host = split?.[1]?.toLowerCase() ?? ""
  if (split === null || host.length > 253 || !(hostName.test(host) || hostV6.test(host))) {
    return "HOST is a host name or an address, without a scheme, a wildcard or a user name"
  }
  const port = split[2] === undefined ? undefined : Number(split[2])
  if (port !== undefined && (port < 1 || port > 65_535)) return "PORT is a number from 1 to 65535"
  if (path !== undefined && !pathPrefix.test(path)) return "the path starts with / and holds no query or fragment"
  return { kind: "http", host, ...(port === undefined ? {} : { port }), ...(path === undefined ? {} : { path }) }
}

const LABEL = "1 to 64 of A-Z a-z 0-9 _ . -"

/** The capability, or what is wrong with the part after the kind. */
const argument = (kind: CapabilityKind, text: string | undefined): Capability | string => {
  if (kind === "clock" || kind === "random") return text === undefined ? { kind } : "it takes no value"
  if (text === undefined) return "its value is missing"
  switch (kind) {
    case "http":
      return http(text)
    case "store":
    case "secret":
      return label.test(text) ? { kind, name: text } : `NAME is ${LABEL}`
    case "model":
      return label.test(text) ? { kind, agent: text } : `AGENT is ${LABEL}`
    case "host_function":
      return identifier.test(text) ? { kind, name: text } : "NAME is 1 to 64 of A-Z a-z 0-9 _"
    case "bus": {
      const [room = "", channel, ...rest] = text.split(":")
      if (rest.length > 0 || !label.test(room) || (channel !== undefined && !label.test(channel))) {
        return `ROOM and CHANNEL are ${LABEL}`
      }
      return { kind, room, ...(channel === undefined ? {} : { channel }) }
    }
  }
}

const withConditions = (capability: Capability, input: Exclude<GrantInput, string>): Capability | string => {
  const conditions = input.untrusted === undefined ? {} : { untrusted: input.untrusted }
  if (input.methods === undefined) return { ...capability, ...conditions }
  if (capability.kind !== "http") return "only an http capability has methods"
  const methods = input.methods.map((method) => method.toUpperCase())
  if (methods.length === 0 || !methods.every((method) => METHODS.includes(method))) {
    return `methods are one or more of ${METHODS.join(", ")}`
  }
  return { ...capability, ...conditions, methods: [...new Set(methods)] }
}

/** Reads one grant of `plugin`. The refusal names the plugin, the string and what is allowed. */
export const parse = (plugin: string, input: GrantInput): Result.Result<Capability, PluginRefused> => {
  const text = typeof input === "string" ? input : input.grant
  const refuse = (why: string) =>
    Result.fail(
      new PluginRefused({
        plugin,
        message: `Plugin "${plugin}": capability "${text.slice(0, 200)}" is not valid: ${why}.`
      })
    )
  const colon = text.indexOf(":")
  const kind = colon < 0 ? text : text.slice(0, colon)
  if (!isKind(kind)) {
    const meant = nearest(kind, kinds)
    const hint = meant === undefined || !isKind(meant) ? "" : `; did you mean ${forms[meant]}?`
    return refuse(`there is no kind "${kind.slice(0, 64)}"${hint} Allowed: ${Object.values(forms).join(", ")}`)
  }
  const parsed = argument(kind, colon < 0 ? undefined : text.slice(colon + 1))
  if (typeof parsed === "string") return refuse(`${parsed}. Allowed: ${forms[kind]}`)
  if (typeof input === "string") return Result.succeed(parsed)
  const whole = withConditions(parsed, input)
  return typeof whole === "string" ? refuse(`${whole}. Allowed: ${forms[kind]}`) : Result.succeed(whole)
}

/** The string form, without conditions. */
export const show = (capability: Capability): string => {
  switch (capability.kind) {
    case "http":
      return `http:${capability.host}${capability.port === undefined ? "" : `:${capability.port}`}${capability.path ?? ""}`
    case "store":
    case "secret":
    case "host_function":
      return `${capability.kind}:${capability.name}`
    case "model":
      return `model:${capability.agent}`
    case "bus":
      return `bus:${capability.room}${capability.channel === undefined ? "" : `:${capability.channel}`}`
    case "clock":
    case "random":
      return capability.kind
  }
}

/** What a grant that says nothing says: nothing leaves, changes or spends on the word of a stranger; clocks may tick. */
export const untrustedOf = ({ kind, untrusted }: Capability): Untrusted =>
  untrusted ?? (kind === "clock" || kind === "random" ? true : "approve")

/** A grant with every condition that holds for it, also one that the configuration leaves out. */
export interface Conditioned {
  readonly grant: string
  /** Of requests; every one where it is left out. */
  readonly methods?: ReadonlyArray<string>
  readonly untrusted: Untrusted
}

/** What a capability allows, in full. */
export const conditioned = (capability: Capability): Conditioned => ({
  grant: show(capability),
  ...(capability.kind === "http" && capability.methods !== undefined ? { methods: capability.methods } : {}),
  untrusted: untrustedOf(capability)
})

/** The same in words: `http:a.example (GET only; on untrusted text a person is asked)`. */
export const inWords = ({ grant, methods, untrusted }: Conditioned): string => {
  const on = untrusted === true ? "it runs" : untrusted === false ? "it is refused" : "a person is asked"
  return `${grant} (${methods === undefined ? "" : `${methods.join(", ")} only; `}on untrusted text ${on})`
}

/** As the configuration could write it, conditions included. */
export const toInput = (capability: Capability): GrantInput => {
  const methods = capability.kind === "http" && capability.methods !== undefined ? { methods: capability.methods } : {}
  const untrusted = capability.untrusted === undefined ? {} : { untrusted: capability.untrusted }
  const grant = show(capability)
  return Object.keys(methods).length + Object.keys(untrusted).length === 0 ? grant : { grant, ...methods, ...untrusted }
}
