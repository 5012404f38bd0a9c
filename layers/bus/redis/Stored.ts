/** A message as the fields of a stream's entry, and back. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Draft, Entry } from "../../../src/bus/Message.ts"

const Pairs = Schema.Array(Schema.Tuple([Schema.String, Schema.String]))
const Rest = Schema.fromJsonString(
  Schema.Struct({
    id: Schema.String,
    from: Schema.Tuple([
      Schema.String,
      Schema.String,
      Schema.Literals(["human", "ai-agent", "dashboard", "service"]),
      Schema.String
    ]),
    is: Schema.Literals(["text", "bytes"]),
    type: Schema.String,
    headers: Pairs,
    key: Schema.String,
    inspection: Schema.optionalKey(
      Schema.Struct({
        outcome: Schema.String,
        reason: Schema.String,
        risk: Schema.String,
        rules: Schema.Array(Schema.String),
        policy: Schema.String
      })
    )
  })
)
const encodeRest = Schema.encodeSync(Rest)
const decodeRest = Schema.decodeUnknownOption(Rest)

/** Names and values in the order in which the scripts expect them: the time first. */
export const fieldsOf = ({ at, content, id, inspection, sender }: Draft): ReadonlyArray<string | Buffer> => {
  const { annotations, body, contentType, headers, key } = content
  const rest = encodeRest({
    id,
    from: [sender.principal, sender.connection, sender.type, sender.name],
    is: typeof body === "string" ? "text" : "bytes",
    type: contentType,
    headers: Object.entries(headers),
    key,
    ...(inspection === undefined ? {} : { inspection })
  })
  const fields = ["a", String(at), "m", rest, "b", typeof body === "string" ? body : Buffer.from(body)]
  return annotations === undefined ? fields : [...fields, "n", Buffer.from(annotations)]
}

/** A reply of the stream: `[id, [name, value, ...]]` in bytes. */
export type StoredEntry = readonly [id: Buffer, fields: ReadonlyArray<Buffer>]

/** The message, or undefined where it is none of ours. */
export const entryOf = ([id, fields]: StoredEntry, epoch: string): Entry | undefined => {
  const [, at, , rest, , body, , annotations] = fields
  const decoded = Option.getOrUndefined(decodeRest(rest?.toString("utf8")))
  const offset = Number.parseInt(id.toString("latin1"), 10)
  if (decoded === undefined || at === undefined || body === undefined || !(offset > 0)) return undefined
  const [principal, connection, type, name] = decoded.from
  return {
    position: { epoch, offset },
    id: decoded.id,
    sender: { principal, connection, type, name },
    at: Number(at.toString("latin1")),
    content: {
      body: decoded.is === "text" ? body.toString("utf8") : new Uint8Array(body),
      contentType: decoded.type,
      headers: Object.fromEntries(decoded.headers),
      key: decoded.key,
      annotations: annotations === undefined ? undefined : new Uint8Array(annotations)
    },
    inspection: decoded.inspection
  }
}

/** What was asked for: offsets from `from` on, of a channel that goes up to `top`. */
export interface Asked {
  readonly from: number
  readonly top: number
  readonly limit: number
  readonly end: "oldest" | "newest"
}

/**
 * The messages without a hole, and the offset of the oldest that can still be had: what a server lost of a stream (an
 * eviction, a deletion by hand, an entry of somebody else) counts as no longer kept, with everything before it.
 */
export const salvage = (
  found: ReadonlyArray<Entry | undefined>,
  { end, from, limit, top }: Asked
): { readonly entries: ReadonlyArray<Entry>; readonly lostBefore: number | undefined } => {
  const wanted = Math.max(0, Math.min(limit, top - from + 1))
  const last = found.at(-1)
  const reachesTop = last?.position.offset === top
  if (wanted === 0) return { entries: [], lostBefore: undefined }
  if (!reachesTop && (last === undefined || end === "newest" || found.length < wanted)) {
    return { entries: [], lostBefore: top + 1 }
  }
  const entries: Array<Entry> = []
  for (const entry of found.toReversed()) {
    if (entry === undefined || (entries[0] !== undefined && entry.position.offset !== entries[0].position.offset - 1))
      break
    entries.unshift(entry)
  }
  const first = entries[0]?.position.offset ?? top + 1
  const isWhole = entries.length === wanted && (end === "newest" || first === from)
  return { entries, lostBefore: isWhole ? undefined : first }
}
