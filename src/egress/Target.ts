/**
 * Where a request goes. A URL is read once, here, by a grammar that has no two readings; what is connected to and what
 * is sent are made from the parts, so that no second parser can see another host.
 */
import * as Result from "effect/Result"
import { type IpAddress, parseV4, parseV6 } from "./IpAddress.ts"
import { normalise } from "./Path.ts"

export type Scheme = "https" | "http"

export interface Target {
  readonly scheme: Scheme
  /** Lower case; an IPv6 address without brackets. */
  readonly host: string
  /** Where the host is an address rather than a name. */
  readonly address: IpAddress | undefined
  readonly port: number
  /** Normalised, begins with `/`. */
  readonly path: string
  /** Without the `?`; absent where there was none. */
  readonly query: string | undefined
}

/** Longest URL, in characters. */
export const longest = 8_192

const name = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/
/** What some resolver takes for a number: such a name is an address, or nothing. */
const numeric = /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/

const notName = "the host is not a name of letters, digits, hyphens and dots (write other alphabets as xn--)"

type Host = Pick<Target, "host" | "address">

/** A host in its one notation, or what is wrong with it. */
export const parseHost = (text: string): Host | string => {
  if (text === "") return "the host is missing"
  // before the case is changed: the Kelvin sign's lower case is a k
  if (!/^[\x21-\x7e]+$/.test(text)) return notName
  const host = text.toLowerCase()
  if (host.startsWith("[")) {
    const inner = host.endsWith("]") ? host.slice(1, -1) : ""
    if (inner.includes("%")) return "an address with a zone is not allowed"
    const address = parseV6(inner)
    return address === undefined ? "the IPv6 address is not valid" : { host: inner, address }
  }
  const address = parseV4(host)
  if (address !== undefined) return { host, address }
  if (numeric.test(host)) return "an IPv4 address is written as four decimal numbers"
  if (host.endsWith(".")) return "the host may not end with a dot"
  if (host.length > 253 || !name.test(host)) return notName
  return { host, address: undefined }
}

export const defaultPort = (scheme: Scheme): number => (scheme === "https" ? 443 : 80)

const authority = (scheme: Scheme, text: string): (Host & { readonly port: number }) | string => {
  if (text.includes("@")) return "a user name or password in the URL is not allowed"
  const split = /^(\[[^\]]*\]|[^:[\]]*)(?::([0-9]{1,5}))?$/.exec(text)
  if (split === null) return "host and port are not valid"
  const host = parseHost(split[1] ?? "")
  if (typeof host === "string") return host
  const port = split[2] === undefined ? defaultPort(scheme) : Number(split[2])
  return port >= 1 && port <= 65_535 ? { ...host, port } : "the port is a number from 1 to 65535"
}

const whole = /^(https?):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?$/i

const percent = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`
const utf8 = new TextEncoder()

/** Characters that cannot stand in a request line, escaped as UTF-8. */
const escaped = (text: string): string =>
  text.replace(/[^\x21-\x7e]+/g, (run) => Array.from(utf8.encode(run), percent).join(""))

/** Reads an absolute URL, or says in a few words what is wrong with it. The words never repeat the URL. */
export const parse = (url: string): Result.Result<Target, string> => {
  if (url.length > longest) return Result.fail(`the URL is longer than ${longest} characters`)
  if (/[\p{Cc}\\]/u.test(url)) return Result.fail("the URL holds a control character or a backslash")
  const parts = whole.exec(url)
  if (parts === null) return Result.fail("only http:// and https:// URLs are allowed")
  const scheme: Scheme = parts[1]?.toLowerCase() === "https" ? "https" : "http"
  const place = authority(scheme, parts[2] ?? "")
  if (typeof place === "string") return Result.fail(place)
  const path = normalise(escaped(parts[3] === "" ? "/" : (parts[3] ?? "/")))
  if (path === undefined) return Result.fail("the path holds a percent sign that is no escape")
  const query = parts[4] === undefined ? undefined : escaped(parts[4])
  return Result.succeed({ scheme, ...place, path, query })
}

/** Host as it stands in a URL. */
const bracketed = ({ address, host }: Host): string => (address?.version === 6 ? `[${host}]` : host)

/** Host, and port where it is not the scheme's own: a `Host` header. */
export const hostHeader = (target: Target): string =>
  target.port === defaultPort(target.scheme) ? bracketed(target) : `${bracketed(target)}:${target.port}`

export const origin = (target: Target): string => `${target.scheme}://${hostHeader(target)}`

export const show = (target: Target): string =>
  `${origin(target)}${target.path}${target.query === undefined ? "" : `?${target.query}`}`

/** Path and query as they are sent; characters that no URL may hold are escaped. */
export const requestTarget = ({ path, query }: Pick<Target, "path" | "query">): string =>
  `${path}${query === undefined ? "" : `?${query}`}`.replace(/["<>^`{|}]/g, (char) => percent(char.charCodeAt(0)))

/** A `Location` as the answer from `base` meant it. Its bytes came as ISO 8859-1. */
export const resolve = (base: Target, location: string): Result.Result<Target, string> => {
  const text = location.trim().replace(/[\x80-\xff]/g, (char) => percent(char.charCodeAt(0)))
  if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return parse(text)
  if (text.startsWith("//")) return parse(`${base.scheme}:${text}`)
  if (text.startsWith("/")) return parse(`${origin(base)}${text}`)
  if (text === "" || text.startsWith("#")) return parse(`${show(base)}${text}`)
  if (text.startsWith("?")) return parse(`${origin(base)}${base.path}${text}`)
  return parse(`${origin(base)}${base.path.slice(0, base.path.lastIndexOf("/") + 1)}${text}`)
}
