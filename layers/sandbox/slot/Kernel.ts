/**
 * The kernel's functions that carry weight, in our own words: each is counted, none is left to the engine. Variables
 * live as long as the call; requests go to the gateway.
 */
import type { CurrentPlugin } from "@extism/extism"
import * as Frame from "../Frame.ts"
import { bytesOf, type Call, Denied, QuotaExceeded } from "./Call.ts"

type Function = (context: CurrentPlugin, ...values: ReadonlyArray<bigint>) => bigint | number | void

const utf8 = new TextDecoder("utf-8")
/** Of what a plugin says when it fails; no more of it is told. */
const ERROR_BYTES = 4096
/** Of a line of the log; the gateway writes no more of it. */
const LOG_BYTES = 4096
const LEVELS = ["trace", "debug", "info", "warn", "error"]
const nothing = new Uint8Array()

const at = (context: CurrentPlugin, offset: bigint | undefined): Uint8Array | undefined =>
  offset === undefined || offset === 0n ? undefined : context.read(offset)?.bytes()

const stored = (call: Call, context: CurrentPlugin, bytes: Uint8Array): bigint => {
  call.memory(bytes.length)
  return context.store(bytes)
}

const logs = (call: Call): Record<string, Function> =>
  Object.fromEntries(
    LEVELS.map((level) => [
      `log_${level}`,
      (context, offset) => {
        const message = utf8.decode((at(context, offset) ?? nothing).subarray(0, LOG_BYTES))
        call.host("log", bytesOf(JSON.stringify({ level, message })))
      }
    ])
  )

const variables = (call: Call): Record<string, Function> => {
  const values = new Map<string, Uint8Array>()
  let left = call.header.quotas.varBytes
  const size = (name: string) => {
    const value = values.get(name)
    return value === undefined ? 0 : value.length + bytesOf(name).length
  }
  return {
    var_get: (context, key) => {
      const value = values.get(utf8.decode(at(context, key) ?? nothing))
      return value === undefined ? 0n : stored(call, context, value.slice())
    },
    var_set: (context, key, offset) => {
      const name = utf8.decode(at(context, key) ?? nothing)
      const value = at(context, offset)
      left += size(name)
      values.delete(name)
      if (value === undefined) return
      left -= bytesOf(name).length + value.length
      if (left < 0) throw new QuotaExceeded(`more than ${call.header.quotas.varBytes} bytes in variables`)
      values.set(name, value.slice())
    }
  }
}

/** What stands under `exoclaw:http`. */
export const http = (call: Call): Record<string, Function> => {
  let status = 0
  let headers: Readonly<Record<string, string>> = {}
  const refuse = () => {
    throw new Denied("HTTP is not granted")
  }
  if (!call.header.http) return { http_request: refuse, http_status_code: refuse, http_headers: refuse }
  return {
    http_request: (context, offset, body) => {
      const argument = Frame.withBody(at(context, offset) ?? nothing, at(context, body) ?? nothing)
      const parts = Frame.splitBody(call.host("http_request", argument))
      const reply: Frame.HttpReply = JSON.parse(utf8.decode(parts?.json))
      if ("error" in reply) throw reply.denied ? new Denied(reply.error) : new Error(reply.error)
      status = reply.status
      headers = reply.headers
      return stored(call, context, parts?.body.slice() ?? nothing)
    },
    http_status_code: () => status,
    http_headers: (context) => stored(call, context, bytesOf(JSON.stringify(headers)))
  }
}

/** What stands in for the engine's own `extism:host/env`. */
export const kernel = (call: Call): Record<string, Function> => {
  const { config } = call.header
  return {
    ...logs(call),
    ...variables(call),
    alloc: (context, size = 0n) => {
      call.memory(Number(size))
      return context.alloc(size)
    },
    // where the input ends the engine throws; Extism's own kernel, by which plugins are written, says zero
    input_load_u8: (_, offset = 0n) =>
      offset < 0n || offset >= call.input.byteLength ? 0 : call.input.getUint8(Number(offset)),
    input_load_u64: (_, offset = 0n) =>
      offset < 0n || offset + 8n > call.input.byteLength ? 0n : call.input.getBigUint64(Number(offset), true),
    // the engine keeps a byte at offset 0, which stands for nothing
    length: (context, offset = 0n) => (offset === 0n ? 0n : context.length(offset)),
    length_unsafe: (context, offset = 0n) => (offset === 0n ? 0n : context.length(offset)),
    // the engine would give out the whole block, whatever length the plugin names
    output_set: (context, offset = 0n, length = 0n) => {
      const block = context.read(offset)?.bytes()
      if (block === undefined || length < 0n || length > block.length) {
        throw new Error("it put out what is no part of its memory")
      }
      // read when the call is over: until then it may be written, or given back
      call.output = () => context.read(offset)?.bytes().subarray(0, Number(length))
    },
    // kept here too: the engine forgets it where the guest then traps, which is how a language ends a failed call
    error_set: (context, offset) => {
      const message = at(context, offset)
      call.said = message === undefined ? undefined : utf8.decode(message.subarray(0, ERROR_BYTES))
      context.setError(call.said ?? null)
    },
    config_get: (context, offset) => {
      const key = utf8.decode(at(context, offset) ?? nothing)
      const value = Object.hasOwn(config, key) ? config[key] : undefined
      return value === undefined ? 0n : stored(call, context, bytesOf(value))
    }
  }
}

/** A function of `extism:host/user`: one JSON text in, one out. */
export const hostFunction =
  (name: string, call: Call): Function =>
  (context, offset) =>
    stored(call, context, call.host(name, at(context, offset) ?? nothing))
