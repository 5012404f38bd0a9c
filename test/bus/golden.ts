/**
 * Frames of the contract as bytes and as JSON, committed in `data/golden.json`: what clients in other languages decode.
 * `node_modules/.bin/node test/bus/golden.ts` writes them anew; a difference breaks clients.
 */
import { writeFileSync } from "node:fs"
import { encodeBinary, encodeText } from "../../layers/bus/wire/Encode.ts"
import type { Event } from "../../src/bus/Event.ts"

const entry = {
  id: "msg-1",
  sender: { principal: "token:ann", connection: "conn_1", type: "service", name: "Ann" },
  at: 1_700_000_000_123,
  content: {
    body: "hello ☃",
    contentType: "text/plain",
    headers: { lang: "en" },
    key: "k",
    annotations: undefined
  },
  inspection: undefined,
  position: { epoch: "0123456789abcdef", offset: 42 }
} as const
const { position, ...draft } = entry
const place = { room: "ops", channel: "lobby" }
const member = {
  connection: "conn_1",
  principal: "token:ann",
  type: "human",
  name: "Ann",
  metadata: { mood: "fine" }
} as const
const settings = { overflow: "drop_oldest", keepMessages: 10, keepSeconds: 60 } as const
const info = { ...place, members: 1, position, first: 3, settings, system: false }
const pong = { at: 1_700_000_000_123, queuedFrames: 2, queuedBytes: 300, positions: [{ ...place, position }] }
const joined = {
  ...place,
  channels: [{ ...place, position, recovery: "complete", recovered: 3 }],
  members: [member],
  already: false
} as const

/** One of each, the answers with a request's number. */
export const events: ReadonlyArray<readonly [name: string, request: number, event: Event]> = [
  [
    "welcome",
    1,
    {
      _tag: "welcome",
      welcome: {
        version: 1,
        connection: "conn_1",
        principal: "token:ann",
        tenant: "default",
        role: "user",
        limits: { maxFrameBytes: 1, maxQueueBytes: 2, maxJoins: 3, publishesPerSecond: 4, heartbeatMillis: 5 },
        node: "inst_1",
        at: 1_700_000_000_123
      }
    }
  ],
  [
    "ack",
    2,
    {
      _tag: "ack",
      ack: { position, duplicate: true, delivered: 7, persisted: true, durability: "server", id: "msg-1" }
    }
  ],
  ["joined", 3, { _tag: "joined", joined }],
  ["left", 4, { _tag: "left", ...place }],
  ["updated", 5, { _tag: "updated" }],
  ["pong", 6, { _tag: "pong", pong }],
  ["error", 7, { _tag: "error", reason: "rate_limited", message: "Too many requests.", retryAfterMillis: 250 }],
  ["version mismatch", 8, { _tag: "error", reason: "version_mismatch", message: "No.", retryAfterMillis: 0 }],
  ["message", 0, { _tag: "message", ...place, entry }],
  [
    "message of bytes",
    0,
    {
      _tag: "message",
      ...place,
      entry: { ...entry, content: { ...entry.content, body: new Uint8Array([0, 255, 10]) } }
    }
  ],
  ["skipped", 0, { _tag: "skipped", skipped: { ...place, epoch: "e", from: 3, to: 9, reason: "trimmed" } }],
  ["presence", 0, { _tag: "presence", ...place, kind: "left", member }],
  ["private", 0, { _tag: "private", draft }],
  ["drain", 0, { _tag: "drain", reconnectAfterMillis: 500, reason: "shutting down" }],
  [
    "status",
    9,
    {
      _tag: "reply",
      reply: {
        _tag: "status",
        status: {
          node: "inst_1",
          uptimeMillis: 12_345,
          connections: 2,
          channels: 3,
          history: { backend: "redis", degraded: true, durability: "process", detail: "away" },
          bridge: { backend: "nats", connected: true, detail: "" },
          version: 1
        }
      }
    }
  ],
  ["create_channel", 10, { _tag: "reply", reply: { _tag: "create_channel", info } }],
  ["delete_channel", 11, { _tag: "reply", reply: { _tag: "delete_channel" } }],
  ["join_channel", 12, { _tag: "reply", reply: { _tag: "join_channel", joined } }],
  ["leave_channel", 13, { _tag: "reply", reply: { _tag: "leave_channel", ...place } }],
  ["list_channels", 14, { _tag: "reply", reply: { _tag: "list_channels", channels: [info], next: "ops:lobby" } }],
  ["channel_info", 15, { _tag: "reply", reply: { _tag: "channel_info", info, members: [member] } }],
  ["ping", 16, { _tag: "reply", reply: { _tag: "ping", pong } }],
  [
    "history",
    17,
    {
      _tag: "reply",
      reply: {
        _tag: "history",
        page: {
          ...place,
          messages: [entry],
          position,
          skipped: { ...place, epoch: "e", from: 1, to: 2, reason: "trimmed" },
          holes: [{ ...place, epoch: "e", from: 4, to: 4, reason: "node", missing: 3 }],
          more: true
        }
      }
    }
  ],
  [
    "help",
    18,
    { _tag: "reply", reply: { _tag: "help", commands: [{ name: "ping", summary: "Answers.", role: "guest" }] } }
  ]
]

export interface Golden {
  readonly name: string
  readonly binary: string
  readonly json: unknown
}

export const golden = (): ReadonlyArray<Golden> =>
  events.map(([name, request, event]) => ({
    name,
    binary: Buffer.from(encodeBinary(event, request)).toString("hex"),
    json: JSON.parse(encodeText(event, request)) as unknown
  }))

if (import.meta.main)
  writeFileSync(new URL("data/golden.json", import.meta.url), `${JSON.stringify(golden(), undefined, 2)}\n`)
