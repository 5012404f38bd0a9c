/**
 * Which `Host` and `Origin` a listener accepts (threats row 1). Pure: a browser page of a stranger cannot forge these
 * two headers, so they tell a visited web page from a program of the user's. Being on loopback proves nothing.
 */

export interface GuardRules {
  /** The port the listener is bound to. */
  readonly port: number
  /** Whether the listener speaks TLS. */
  readonly tls: boolean
  /** Accepted besides loopback: `name` (any port) or `name:port`, in any case. */
  readonly allowedHosts: ReadonlyArray<string>
  /** Accepted besides the listener's own loopback pages: whole origins, such as `https://app.example.com`. */
  readonly allowedOrigins: ReadonlyArray<string>
}

export interface GuardInput {
  /** Every `Host` header of the request, in order. */
  readonly hosts: ReadonlyArray<string>
  /** Every `Origin` header of the request, in order. */
  readonly origins: ReadonlyArray<string>
  /** The address of ours that the connection arrived at, when known. */
  readonly localAddress?: string | undefined
}

/** What was wrong; never echoes the header, a stranger wrote it. */
export type GuardVerdict = "ok" | "host_missing" | "host_not_allowed" | "origin_not_allowed"

const authority = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/
const loopbackName = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/

interface Authority {
  readonly name: string
  readonly port: number
}

const readAuthority = (text: string, tls: boolean): Authority | undefined => {
  const match = authority.exec(text.toLowerCase())
  if (match?.[1] === undefined) return undefined
  return { name: match[1], port: match[2] === undefined ? (tls ? 443 : 80) : Number(match[2]) }
}

const isListed = (host: Authority, list: ReadonlyArray<string>): boolean =>
  list.some((entry) => {
    const allowed = entry.toLowerCase()
    return allowed === host.name || allowed === `${host.name}:${host.port}`
  })

/** A name can be rebound to us by its owner's DNS; the very address a connection arrived at cannot. */
const isArrivalAddress = (name: string, localAddress: string | undefined): boolean =>
  localAddress !== undefined && name === (localAddress.includes(":") ? `[${localAddress}]` : localAddress).toLowerCase()

/** Decides on one request: every upgrade, and every HTTP request, before anything else looks at it. */
export const decide = (rules: GuardRules, input: GuardInput): GuardVerdict => {
  const [hostHeader, ...furtherHosts] = input.hosts
  if (hostHeader === undefined || furtherHosts.length > 0) return "host_missing"
  const host = readAuthority(hostHeader, rules.tls)
  if (host === undefined) return "host_not_allowed"
  const isOurs = host.port === rules.port
  const isLoopback = isOurs && loopbackName.test(host.name)
  const isArrival = isOurs && isArrivalAddress(host.name, input.localAddress)
  if (!isLoopback && !isArrival && !isListed(host, rules.allowedHosts)) return "host_not_allowed"

  const [origin, ...furtherOrigins] = input.origins
  if (origin === undefined) return "ok"
  if (furtherOrigins.length > 0 || origin === "null") return "origin_not_allowed"
  if (rules.allowedOrigins.some((allowed) => allowed.toLowerCase() === origin.toLowerCase())) return "ok"
  return isLoopback && isSameOrigin(origin, host, rules.tls) ? "ok" : "origin_not_allowed"
}

const isSameOrigin = (origin: string, host: Authority, tls: boolean): boolean => {
  const scheme = tls ? "https://" : "http://"
  const lower = origin.toLowerCase()
  if (!lower.startsWith(scheme)) return false
  const from = readAuthority(lower.slice(scheme.length), tls)
  return from !== undefined && from.name === host.name && from.port === host.port
}
