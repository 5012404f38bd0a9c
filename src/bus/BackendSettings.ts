/** `[bus.redis]` and `[bus.nats]`: where the bus keeps its history, and how it reaches other nodes. */
import * as Schema from "effect/Schema"
import * as Section from "../config/Section.ts"
import { int, text } from "../config/Values.ts"

/** Credentials may stand in it, so it is never shown. */
const address = (pattern: RegExp) =>
  Schema.RedactedFromValue(Schema.String.pipe(Schema.check(Schema.isPattern(pattern), Schema.isMaxLength(2048))))

const name = Schema.String.pipe(Schema.check(Schema.isPattern(/^[A-Za-z0-9_-]{1,64}$/)))

export const RedisSettings = Schema.Struct({
  url: Section.required(address(/^rediss?:\/\/[^\s/?#]+(?:\/\d{1,5})?$/), {
    doc: "Server of Redis 6.2 or later that keeps the bus's history. While it is away, memory does.",
    allowed: "redis://[user:password@]host[:port][/database], or rediss:// for TLS",
    example: "redis://127.0.0.1:6379",
    secret: true
  }),
  prefix: Section.key(text(64), {
    doc: "Begins every key there; nodes of one bus have the same.",
    allowed: "a text of at most 64 characters",
    default: "exoclaw:bus"
  })
})

export const NatsSettings = Schema.Struct({
  url: Section.required(address(/^(?:nats|tls):\/\/[^\s/?#]+\/?$/), {
    doc: "NATS server by which several nodes are one bus. While it is away, each goes on by itself.",
    allowed: "nats://[user:password@]host[:port] or nats://TOKEN@host, or tls:// for TLS",
    example: "nats://127.0.0.1:4222",
    secret: true
  }),
  node: Section.required(name, {
    doc: "This node's name: unique among the nodes, and the same after a restart.",
    allowed: "1 to 64 of A-Z a-z 0-9 _ -",
    example: "node-1"
  }),
  jetstream: Section.key(Schema.Boolean, {
    doc: "Whether a stream keeps what is said, so that a node that is away catches up. Without it, it misses that.",
    allowed: "true or false",
    default: true
  }),
  stream: Section.key(name, {
    doc: "The stream's name. It is made where there is none.",
    allowed: "1 to 64 of A-Z a-z 0-9 _ -",
    default: "exoclaw"
  }),
  keep_seconds: Section.key(int(60, 31_536_000), {
    doc: "How long a stream that is made here keeps what was said.",
    allowed: "an integer from 60 to 31536000",
    unit: "seconds",
    default: 3600
  }),
  keep_bytes: Section.key(int(1_048_576, 1_099_511_627_776), {
    doc: "How much it keeps.",
    allowed: "an integer from 1048576 to 1099511627776",
    unit: "bytes",
    default: 1_073_741_824
  })
})
