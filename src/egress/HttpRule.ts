/** What a caller may reach: `http:HOST[:PORT][/path]` of a grant, or the one endpoint of a channel. */
import { equal, type IpAddress, parse } from "./IpAddress.ts"
import { isBelow } from "./Path.ts"
import { defaultPort, type Target } from "./Target.ts"

export interface HttpRule {
  /** A name or an address, exactly; an IPv6 address in brackets. There are no wildcards. */
  readonly host: string
  /** Without it, port 443 by https alone. Any other port that is named may be spoken to by http too. */
  readonly port?: number
  /** Path prefix, by whole segments; begins with `/`. */
  readonly path?: string
  /** Upper case; all where absent. */
  readonly methods?: ReadonlyArray<string>
}

/** The methods that anybody may use at all. */
export const methods: ReadonlyArray<string> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

const unbracketed = (host: string): string => host.toLowerCase().replace(/^\[(.*)\]$/, "$1")

const isAddress = (rule: HttpRule, address: IpAddress): boolean => {
  const own = parse(unbracketed(rule.host))
  return own !== undefined && equal(own, address)
}

const hostFits = (rule: HttpRule, { address, host }: Target): boolean =>
  address === undefined ? unbracketed(rule.host) === host : isAddress(rule, address)

const portFits = (rule: HttpRule, { port, scheme }: Target): boolean => {
  if (rule.port === undefined) return scheme === "https" && port === defaultPort("https")
  return port === rule.port && (scheme === "https" || port !== defaultPort("https"))
}

const restFits = (rule: HttpRule, target: Target, method: string): boolean =>
  portFits(rule, target) &&
  (rule.path === undefined || isBelow(rule.path, target.path)) &&
  (rule.methods === undefined || rule.methods.includes(method))

/** What of a request no rule of its host allows; `host` where no rule names the host. */
export type Mismatch = "host" | "port" | "path" | "method"

/** Whether some rule allows the request; else what is nearest to be missing. */
export const mismatch = (rules: ReadonlyArray<HttpRule>, target: Target, method: string): Mismatch | undefined => {
  const named = rules.filter((rule) => hostFits(rule, target))
  if (named.some((rule) => restFits(rule, target, method))) return undefined
  if (named.length === 0) return "host"
  const reached = named.filter((rule) => portFits(rule, target))
  if (reached.length === 0) return "port"
  return reached.some((rule) => rule.path === undefined || isBelow(rule.path, target.path)) ? "method" : "path"
}

/**
 * Whether a rule that names this address itself allows the request: the only way to an address that is not public,
 * also where a name led to it.
 */
export const opens = (rules: ReadonlyArray<HttpRule>, address: IpAddress, target: Target, method: string): boolean =>
  rules.some((rule) => isAddress(rule, address) && restFits(rule, target, method))

/** As the grant would be written. */
export const show = ({ host, path, port }: HttpRule): string =>
  `http:${host}${port === undefined ? "" : `:${port}`}${path ?? ""}`
