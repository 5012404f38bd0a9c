/** What Node's errors mean to the caller. Their messages, which may hold addresses, go nowhere. */
import { ConnectFailed, type EgressReason, ProtocolFailed, TlsFailed, TooLarge } from "../../src/egress/EgressError.ts"
import * as errorCode from "../platform/ErrorCode.ts"

/** Largest header section of an answer, in bytes. */
export const headerBytes = 32_768

export const codeOf = (cause: unknown): string => errorCode.codeOf(cause) ?? "unknown"

const tls = /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|CRL_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/
const connect =
  /^(?:ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EADDRNOTAVAIL|EACCES|EPERM|ERR_SOCKET_CONNECTION_TIMEOUT)/

/** The reason of an error that ended a request before its answer, or the answer's body. */
export const reasonOf = (host: string, cause: unknown): EgressReason => {
  const code = codeOf(cause)
  if (code === "HPE_HEADER_OVERFLOW") return new TooLarge({ what: "headers", limit: headerBytes })
  if (tls.test(code)) return new TlsFailed({ host, code })
  return connect.test(code) ? new ConnectFailed({ host, code }) : new ProtocolFailed({ host, code })
}
