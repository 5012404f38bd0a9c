/** `[gateway]`: where it listens, whom it answers, and how much it takes. */
import * as Schema from "effect/Schema"
import { rate } from "../config/Rate.ts"
import * as Section from "../config/Section.ts"
import { int, text } from "../config/Values.ts"
import { JwtSettings } from "../identity/JwtSettings.ts"

const port = int(0, 65535)
const address = Schema.String.pipe(Schema.check(Schema.isPattern(/^[0-9A-Za-z.:_-]{1,253}$/)))
const origin = Schema.String.pipe(Schema.check(Schema.isPattern(/^https?:\/\/[^\s/?#@]+$/i)))
const host = Schema.String.pipe(Schema.check(Schema.isPattern(/^(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._-]+)(?::\d{1,5})?$/)))
const network = Schema.String.pipe(
  Schema.check(
    Schema.isPattern(
      /^(?:\d{1,3}(?:\.\d{1,3}){3}(?:\/(?:\d|[12]\d|3[0-2]))?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(?:\/\d{1,3})?)$/
    )
  )
)
const file = text(4096)

export const RateSettings = Schema.Struct({
  address: rate("Sustained rate from one address; this machine's own is not counted.", 2000),
  principal: rate("Sustained rate of one principal over all its connections.", 2000),
  connection: rate("Sustained rate on one connection.", 1000)
})

export const GatewayLimits = Schema.Struct({
  max_connections: Section.key(int(1, 1_000_000), {
    doc: "Open connections to one listener; more are refused with 503.",
    allowed: "an integer from 1 to 1000000",
    unit: "connections",
    default: 20_000
  }),
  max_connections_per_ip: Section.key(int(1, 1_000_000), {
    doc: "Open connections from one address (IPv6: one /64). Not counted where bind is loopback.",
    allowed: "an integer from 1 to 1000000",
    unit: "connections",
    default: 2048
  }),
  max_frame_bytes: Section.key(int(1024, 67_108_864), {
    doc: "Largest WebSocket message or request body. Before authentication it is 65536 at most.",
    allowed: "an integer from 1024 to 67108864",
    unit: "bytes",
    default: 1_048_576
  }),
  auth_deadline: Section.key(int(1, 300), {
    doc: "How long a connection may stay open without having authenticated.",
    allowed: "an integer from 1 to 300",
    unit: "seconds",
    default: 10
  }),
  max_queue_bytes: Section.key(int(65_536, 268_435_456), {
    doc: "Bytes that may wait for a slow reader before its connection is closed.",
    allowed: "an integer from 65536 to 268435456",
    unit: "bytes",
    default: 4_194_304
  }),
  rate: Section.table(RateSettings, "How many requests are taken.")
})

export const TlsSettings = Schema.Struct({
  cert: Section.optional(file, {
    doc: "Certificate chain, PEM. Needs key too.",
    allowed: "the path of a file",
    example: "/etc/exoclaw/cert.pem"
  }),
  key: Section.optional(file, {
    doc: "Private key of the certificate, PEM. Needs cert too.",
    allowed: "the path of a file",
    example: "/etc/exoclaw/key.pem"
  })
})

export const GatewaySettings = Schema.Struct({
  bind: Section.key(address, {
    doc: "Address to listen on. Anything but loopback needs a token.",
    allowed: "an IP address or host name",
    default: "127.0.0.1"
  }),
  port: Section.key(port, {
    doc: "Port of the client listener; 0 takes a free one.",
    allowed: "an integer from 0 to 65535",
    default: 7200
  }),
  operator_port: Section.optional(port, {
    doc: "Port of the operator listener, always on loopback. Without it: port + 1 (0 if port is 0).",
    allowed: "an integer from 0 to 65535",
    example: 7201
  }),
  origins: Section.key(Schema.Array(origin), {
    doc: "Web origins that may connect, besides the gateway's own.",
    allowed: 'a list of origins such as "https://chat.example.com", without a path',
    default: []
  }),
  hosts: Section.key(Schema.Array(host), {
    doc: "Names under which the gateway may be asked for in the Host header, besides its address and localhost.",
    allowed: 'a list of host names such as "chat.example.com", each with a port if it is not the usual one',
    default: []
  }),
  trusted_proxy: Section.key(Schema.Array(network), {
    doc: "Proxies that end TLS before the gateway and whose X-Forwarded-For is believed.",
    allowed: 'a list of addresses or networks such as "10.0.0.0/8"',
    default: []
  }),
  limits: Section.table(GatewayLimits, "How much the listeners take."),
  tls: Section.table(TlsSettings, "Encryption on the client listener."),
  jwt: Section.optionalTable(JwtSettings, "Signed tokens (JWT) of an identity provider. Without it none is accepted.")
})
export type GatewaySettings = typeof GatewaySettings.Type
