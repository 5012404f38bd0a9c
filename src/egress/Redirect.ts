/** What an answer with a `Location` means. The next hop is a new request: it passes every check again. */
import * as Result from "effect/Result"
import { origin, resolve, type Target } from "./Target.ts"

export interface Answered {
  readonly status: number
  readonly method: string
  readonly from: Target
  readonly location: string | undefined
}

export interface Follow {
  readonly target: Target
  readonly method: string
  /** The body goes along (307, 308), else neither it nor the headers that describe it. */
  readonly keepsBody: boolean
  /** Another scheme, host or port: credentials stay behind. */
  readonly crossOrigin: boolean
}

const statuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Whether an answer sends its caller elsewhere. */
export const isRedirect = (status: number, location: string | undefined): location is string =>
  location !== undefined && statuses.has(status)

/** The next hop; undefined where the answer is no redirect. Fails with what is wrong with its `Location`. */
export const decide = ({ from, location, method, status }: Answered): Result.Result<Follow | undefined, string> => {
  if (!isRedirect(status, location)) return Result.succeed(undefined)
  const keeps = status >= 307 || (status !== 303 && method !== "POST") || method === "HEAD"
  return Result.flatMap(resolve(from, location), (target) =>
    target.scheme === "http" && from.scheme === "https"
      ? Result.fail("it leads from https to http")
      : Result.succeed({
          target,
          method: keeps ? method : "GET",
          keepsBody: keeps,
          crossOrigin: origin(target) !== origin(from)
        })
  )
}

const describesBody = /^content-(?:type|encoding|language|location|disposition)$/

/** Names of headers that speak for somebody. Too many rather than too few: they stay behind at the border of an origin. */
const speaks = /auth|cookie|token|key|secret|session|signature|password|credential|csrf|xsrf/

/** The caller's headers (names in lower case) that go along. `marked` tells the values that stand for a secret. */
export const headersAfter = (
  headers: ReadonlyArray<readonly [name: string, value: string]>,
  { crossOrigin, keepsBody }: Follow,
  marked: (value: string) => boolean
): ReadonlyArray<readonly [name: string, value: string]> =>
  headers.filter(
    ([name, value]) =>
      (keepsBody || !describesBody.test(name)) && !(crossOrigin && (speaks.test(name) || marked(value)))
  )
