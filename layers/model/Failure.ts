/** What an HTTP outcome means for a call. The vendor's words go into `detail`, for the operator, never to a peer. */
import type * as Redacted from "effect/Redacted"
import { cutAtWord } from "../../src/domain/CutText.ts"
import { ModelError, type ModelErrorKind } from "../../src/model/ModelError.ts"
import type { NoResponse } from "./HttpClient.ts"
import { withoutKey } from "./KnownKey.ts"

interface Meaning {
  readonly kind: ModelErrorKind
  readonly retryable: boolean
  /** False where the vendor may have worked on the request. */
  readonly unused: boolean
  readonly says: string
}

const byStatus = (provider: string, status: number): Meaning => {
  const refusal = { retryable: false, unused: true }
  if (status === 401 || status === 403)
    return {
      ...refusal,
      kind: "authentication",
      says: `The provider ${provider} did not accept the API key. Run \`exoclaw onboard\` to set another.`
    }
  if (status === 429)
    return {
      kind: "rate_limited",
      retryable: true,
      unused: true,
      says: `The provider ${provider} limits the rate of requests.`
    }
  if (status === 408 || status === 504)
    return { kind: "timeout", retryable: true, unused: false, says: `The provider ${provider} did not answer in time.` }
  if (status === 503 || status === 529)
    return { kind: "overloaded", retryable: true, unused: true, says: `The provider ${provider} is overloaded.` }
  if (status >= 500)
    return {
      kind: "overloaded",
      retryable: true,
      unused: status !== 502,
      says: `The provider ${provider} failed (${status}).`
    }
  if (status === 402) return { ...refusal, kind: "refused", says: `The account at ${provider} has no credit left.` }
  if (status === 404)
    return {
      ...refusal,
      kind: "invalid_request",
      says: `The provider ${provider} does not know this model or address.`
    }
  if (status >= 300 && status < 400)
    return {
      ...refusal,
      kind: "protocol",
      says: `The provider ${provider} redirects, which is not followed. Check its base_url.`
    }
  return { ...refusal, kind: "invalid_request", says: `The provider ${provider} refused the request (${status}).` }
}

const noCredit = /insufficient_quota|credit balance is too low|billing_hard_limit/i

/** A vendor that asks for more is asked for once a day. */
const longestWaitMs = 86_400_000

/** Milliseconds to wait, from `retry-after-ms` or `retry-after` (seconds, or a date). */
export const retryAfterMs = (
  headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>,
  now: number
): number | undefined => {
  const exact = Number(headers["retry-after-ms"] ?? Number.NaN)
  if (exact >= 0 && Number.isFinite(exact)) return Math.min(longestWaitMs, Math.ceil(exact))
  const given = headers["retry-after"]
  if (typeof given !== "string") return undefined
  const text = given.trim()
  const date = /^[A-Z][a-z]{2}, /.test(text) ? (Date.parse(text) - now) / 1_000 : Number.NaN
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : date
  return Number.isFinite(seconds) ? Math.min(longestWaitMs, Math.max(0, Math.ceil(seconds * 1_000))) : undefined
}

const MAX_DETAIL = 500

/** A vendor's text made fit for a log: one line, bounded, without the key or anything shaped like one. */
export const scrub = (text: string, key: Redacted.Redacted<string> | undefined): string =>
  cutAtWord(
    withoutKey(text, key)
      .replace(/\b(?:sk|pk|rk|key)-[A-Za-z0-9_*-]{8,}/g, "[key]")
      .replace(/\bBearer\s+\S+/gi, "Bearer [key]")
      .replace(/[\p{Cc}\s]+/gu, " "),
    MAX_DETAIL
  )

/** The same for an error from inside a stream, where nobody knew the key. */
export const scrubbed = (error: ModelError, key: Redacted.Redacted<string> | undefined): ModelError =>
  error.detail === undefined || key === undefined
    ? error
    : new ModelError({
        provider: error.provider,
        kind: error.kind,
        message: error.message,
        retryable: error.retryable,
        unused: error.unused,
        detail: scrub(error.detail, key),
        ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs })
      })

/** The error of a response that is no stream. */
export const ofStatus = (
  provider: string,
  status: number,
  options: {
    readonly body: string
    readonly retryAfterMs?: number | undefined
    readonly key: Redacted.Redacted<string> | undefined
  }
): ModelError => {
  const meaning = status === 429 && noCredit.test(options.body) ? byStatus(provider, 402) : byStatus(provider, status)
  return new ModelError({
    provider,
    kind: meaning.kind,
    message: meaning.says,
    retryable: meaning.retryable,
    unused: meaning.unused,
    detail: scrub(`HTTP ${status} ${options.body}`, options.key),
    ...(options.retryAfterMs === undefined || !meaning.retryable ? {} : { retryAfterMs: options.retryAfterMs })
  })
}

/** The error where no response came at all. */
export const ofNoResponse = (provider: string, failure: NoResponse): ModelError =>
  new ModelError({
    provider,
    kind: failure.timedOut && failure.sent ? "timeout" : "unreachable",
    message: failure.sent
      ? `The provider ${provider} did not answer.`
      : `The provider ${provider} cannot be reached. Check the network and its base_url.`,
    retryable: true,
    unused: !failure.sent,
    detail: failure.code
  })

/** The connection broke, or fell silent, inside the answer. */
export const ofBreak = (provider: string, code: string): ModelError =>
  new ModelError({
    provider,
    kind: code === "ETIMEDOUT" ? "timeout" : "stream",
    message: `The answer of ${provider} broke off.`,
    retryable: true,
    unused: false,
    detail: code
  })

/** The vendor sent something that is not its wire. `detail` says what, without its content. */
export const ofProtocol = (provider: string, detail: string): ModelError =>
  new ModelError({
    provider,
    kind: "protocol",
    message: `The provider ${provider} sent something that is not an answer.`,
    retryable: true,
    unused: false,
    detail
  })

/**
 * The address answers, and not as a vendor does: a web page, a proxy's log-in, a server that does not stream. The next
 * call would meet the same, and its price is not known either, so this target is not asked again.
 */
export const ofNoStream = (provider: string, contentType: string): ModelError =>
  new ModelError({
    provider,
    kind: "no_stream",
    message: `The provider ${provider} sent something that is not a stream of events. Check that base_url names its API, and that it streams.`,
    retryable: false,
    unused: false,
    detail: `content-type ${contentType.slice(0, 80)}`
  })

/** The vendor's wire is fine, and what the model said on it cannot be used. `what` is said without its content. */
export const ofContent = (provider: string, what: string): ModelError =>
  new ModelError({
    provider,
    kind: "protocol",
    message: `The model of ${provider} gave an answer that cannot be used: ${what}.`,
    // it would say much the same again, and be paid for it again
    retryable: false,
    unused: false,
    detail: what
  })

const overloaded = /overloaded|server_error|api_error|unavailable/i

/** An error event inside the stream. */
export const ofEvent = (provider: string, type: string, text: string): ModelError => {
  const kind: ModelErrorKind = /rate_limit/i.test(type)
    ? "rate_limited"
    : overloaded.test(type)
      ? "overloaded"
      : "stream"
  return new ModelError({
    provider,
    kind,
    message: `The provider ${provider} broke off its answer with an error.`,
    retryable: true,
    unused: false,
    detail: scrub(`${type}: ${text}`, undefined)
  })
}
