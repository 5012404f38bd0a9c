/** `[bus]`: the message bus. A change needs a restart. */
import * as Schema from "effect/Schema"
import { rate } from "../config/Rate.ts"
import * as Section from "../config/Section.ts"
import { int } from "../config/Values.ts"
import { NatsSettings, RedisSettings } from "./BackendSettings.ts"

export const BusRates = Schema.Struct({
  address: rate("Sustained rate from one address; this machine's own is not counted.", 5000),
  tenant: rate("Sustained rate of one tenant.", 10_000),
  principal: rate("Sustained rate of one principal over all its connections.", 2000),
  connection: rate("Sustained rate on one connection.", 1000)
})

export const BusLimits = Schema.Struct({
  max_connections_per_tenant: Section.key(int(1, 1_000_000), {
    doc: "Open connections of one tenant to the bus.",
    allowed: "an integer from 1 to 1000000",
    unit: "connections",
    default: 10_000
  }),
  max_connections_per_principal: Section.key(int(1, 1_000_000), {
    doc: "Open connections of one principal to the bus.",
    allowed: "an integer from 1 to 1000000",
    unit: "connections",
    default: 1000
  }),
  max_channels: Section.key(int(16, 1_000_000), {
    doc: "Channels of one tenant.",
    allowed: "an integer from 16 to 1000000",
    unit: "channels",
    default: 10_000
  }),
  max_joins: Section.key(int(1, 10_000), {
    doc: "Joins of one connection.",
    allowed: "an integer from 1 to 10000",
    unit: "joins",
    default: 256
  }),
  max_frame_bytes: Section.key(int(1024, 16_777_216), {
    doc: "Largest frame of a client; gateway.limits.max_frame_bytes bounds it too.",
    allowed: "an integer from 1024 to 16777216",
    unit: "bytes",
    default: 262_144
  }),
  max_queue_bytes: Section.key(int(65_536, 67_108_864), {
    doc: "Bytes that may wait for a slow reader before its channels' overflow policies apply.",
    allowed: "an integer from 65536 to 67108864",
    unit: "bytes",
    default: 1_048_576
  }),
  handshake_deadline: Section.key(int(1, 300), {
    doc: "How long a connection may take to say hello.",
    allowed: "an integer from 1 to 300",
    unit: "seconds",
    default: 5
  }),
  keep_messages: Section.key(int(0, 100_000), {
    doc: "Messages that a channel keeps, unless it was created with another number.",
    allowed: "an integer from 0 to 100000",
    unit: "messages",
    default: 1000
  }),
  keep_seconds: Section.key(int(1, 31_536_000), {
    doc: "How long a channel keeps them.",
    allowed: "an integer from 1 to 31536000",
    unit: "seconds",
    default: 3600
  }),
  keep_bytes: Section.key(int(1_048_576, 68_719_476_736), {
    doc: "Memory that one tenant's kept messages may take; beyond it each channel gives up its oldest.",
    allowed: "an integer from 1048576 to 68719476736",
    unit: "bytes",
    default: 67_108_864
  }),
  repeat_seconds: Section.key(int(1, 86_400), {
    doc: "How long a publish that is repeated with the same id is known.",
    allowed: "an integer from 1 to 86400",
    unit: "seconds",
    default: 120
  }),
  rate: Section.table(BusRates, "How many requests the bus takes.")
})

export const BusSettings = Schema.Struct({
  enabled: Section.key(Schema.Boolean, {
    doc: "Whether the gateway serves the bus on /bus and publishes its turns there.",
    allowed: "true or false",
    default: true
  }),
  allow_json: Section.key(Schema.Boolean, {
    doc: "Whether agents and services may speak JSON too. People and dashboards always may.",
    allowed: "true or false",
    default: false
  }),
  limits: Section.table(BusLimits, "How much the bus takes and keeps."),
  redis: Section.optionalTable(RedisSettings, "History in Redis. Without it: in this process's memory."),
  nats: Section.optionalTable(NatsSettings, "Other nodes over NATS. Without it this node is the whole bus.")
})
export type BusSettings = typeof BusSettings.Type
