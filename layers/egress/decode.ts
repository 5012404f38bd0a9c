/** Undoes an answer's content encoding without ever holding more than is allowed. */
import * as Effect from "effect/Effect"
import { promisify } from "node:util"
import { brotliDecompress, gunzip, inflate } from "node:zlib"
import { type EgressReason, ProtocolFailed, TooLarge } from "../../src/egress/EgressError.ts"
import { codeOf } from "./failures.ts"

type Decoder = (body: Uint8Array, options: { readonly maxOutputLength: number }) => Promise<Uint8Array>

const decoders: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ["gzip", promisify(gunzip)],
  ["x-gzip", promisify(gunzip)],
  ["deflate", promisify(inflate)],
  ["br", promisify(brotliDecompress)]
])

/** We ask for none; a server that encodes nevertheless is decoded once. `limit` in bytes. */
export const decode = (
  host: string,
  body: Uint8Array,
  encoding: string | undefined,
  limit: number
): Effect.Effect<Uint8Array, EgressReason> => {
  const name = encoding?.trim().toLowerCase() ?? ""
  if (name === "" || name === "identity" || body.length === 0) return Effect.succeed(body)
  const run = decoders.get(name)
  if (run === undefined) return Effect.fail(new ProtocolFailed({ host, code: "unknown content encoding" }))
  return Effect.tryPromise({
    // Node takes no limit below one.
    try: () => run(body, { maxOutputLength: Math.max(1, limit) }),
    catch: (cause) =>
      codeOf(cause) === "ERR_BUFFER_TOO_LARGE"
        ? new TooLarge({ what: "body", limit })
        : new ProtocolFailed({ host, code: codeOf(cause) })
  })
}
