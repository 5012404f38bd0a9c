/**
 * The program of a slot: takes a call from descriptor 3, runs it in a fresh instance, answers, and waits again. Single
 * threaded and blocking: a host function writes its request and blocks on the reply. It runs under SIGKILL, without
 * environment, files or processes; when the gateway is gone its read gives nothing and it ends.
 */
import createPlugin, { type CurrentPlugin } from "@extism/extism"
import { readSync, writeSync } from "node:fs"
import * as Frame from "./Frame.ts"

// the one part of the global that is used; the types of Node leave it to those of browsers
interface WasmModule {
  readonly [Symbol.toStringTag]: string
}
declare const WebAssembly: { readonly Module: new (bytes: Uint8Array) => WasmModule }

const SOCKET = 3
const utf8 = new TextDecoder("utf-8")
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

const read = (length: number): Uint8Array => {
  const bytes = new Uint8Array(length)
  let done = 0
  while (done < length) {
    const count = readSync(SOCKET, bytes, done, length - done, null)
    if (count === 0) process.exit(0)
    done += count
  }
  return bytes
}
const receive = (): { readonly kind: number; readonly body: Uint8Array } => {
  const header = read(Frame.HEADER_BYTES)
  return { kind: header[4] ?? 0, body: read(new DataView(header.buffer).getUint32(0, true)) }
}
const send = (kind: number, ...parts: ReadonlyArray<Uint8Array>): void => {
  const frame = Frame.encode(kind, ...parts)
  let done = 0
  while (done < frame.length) done += writeSync(SOCKET, frame, done, frame.length - done)
}

class QuotaExceeded extends Error {}

/** What one call has left. */
class Budget {
  #bytes: number
  #blocks: number
  #calls: number
  readonly #quotas: Frame.Quotas
  constructor(quotas: Frame.Quotas) {
    this.#quotas = quotas
    this.#bytes = quotas.kernelBytes
    this.#blocks = quotas.kernelBlocks
    this.#calls = quotas.hostCalls
  }
  memory(bytes: number): void {
    this.#bytes -= bytes
    this.#blocks--
    // a negative size is a huge unsigned one
    if (bytes < 0 || this.#bytes < 0 || this.#blocks < 0) {
      throw new QuotaExceeded(`more than ${this.#quotas.kernelBytes} bytes or ${this.#quotas.kernelBlocks} blocks`)
    }
  }
  hostCall(argument: Uint8Array): void {
    if (--this.#calls < 0) throw new QuotaExceeded(`more than ${this.#quotas.hostCalls} host calls`)
    if (argument.length > this.#quotas.argumentBytes) {
      throw new QuotaExceeded(`a host call with more than ${this.#quotas.argumentBytes} bytes`)
    }
  }
}

const hostCall = (name: string, argument: Uint8Array): Uint8Array => {
  const label = bytesOf(name)
  send(Frame.HOST_CALL, Uint8Array.of(label.length), label, argument)
  return receive().body
}

const quiet = { ...console, error() {}, warn() {}, info() {}, debug() {}, trace() {}, log() {} }
const LEVELS = ["trace", "debug", "info", "warn", "error"]

/** The kernel's own functions that are budgeted or go to the gateway. */
const kernel = (budget: Budget) => ({
  alloc: (context: CurrentPlugin, size: bigint) => {
    budget.memory(Number(size))
    return context.alloc(size)
  },
  ...Object.fromEntries(
    LEVELS.map((level) => [
      `log_${level}`,
      (context: CurrentPlugin, offset: bigint) => {
        const message = context.read(offset)?.text() ?? ""
        const argument = bytesOf(JSON.stringify({ level, message }))
        budget.hostCall(argument)
        hostCall("log", argument)
      }
    ])
  )
})

const hostFunction = (name: string, budget: Budget) => (context: CurrentPlugin, offset: bigint) => {
  const argument = context.read(offset)?.bytes() ?? new Uint8Array()
  budget.hostCall(argument)
  const reply = hostCall(name, argument)
  budget.memory(reply.length)
  return context.store(reply)
}

const modules = new Map<string, WasmModule | Error>()

const load = (body: Uint8Array): void => {
  const key = Buffer.from(body.subarray(0, 32)).toString("hex")
  try {
    modules.set(key, new WebAssembly.Module(body.slice(32)))
  } catch (error) {
    modules.set(key, error instanceof Error ? error : new Error("it does not compile"))
  }
}

const run = async (header: Frame.CallHeader, input: Uint8Array): Promise<Uint8Array | undefined> => {
  const module = modules.get(header.module)
  if (module === undefined || module instanceof Error) throw module ?? new Error("the module was not loaded")
  const budget = new Budget(header.quotas)
  const plugin = await createPlugin(
    { wasm: [{ module }] },
    {
      logger: quiet,
      logLevel: "trace",
      config: Object.assign(Object.create(null), header.config),
      memory: { maxVarBytes: 1024 * 1024 },
      functions: {
        "extism:host/env": kernel(budget),
        "extism:host/user": Object.fromEntries(header.functions.map((name) => [name, hostFunction(name, budget)]))
      }
    }
  )
  try {
    const output = await plugin.call(header.entry, input)
    if (output === null) return undefined
    const bytes = output.bytes()
    if (bytes.length > header.quotas.outputBytes) {
      throw new QuotaExceeded(`an output of more than ${header.quotas.outputBytes} bytes`)
    }
    return bytes
  } finally {
    await plugin.close()
  }
}

const fail = (kind: Frame.Failure["kind"], message: string): void =>
  send(Frame.FAILURE, bytesOf(JSON.stringify({ kind, message: message.slice(0, 2000) })))

const answer = async (body: Uint8Array): Promise<void> => {
  const length = new DataView(body.buffer, body.byteOffset).getUint32(0, true)
  const header: Frame.CallHeader = JSON.parse(utf8.decode(body.subarray(4, 4 + length)))
  try {
    const output = await run(header, body.slice(4 + length))
    if (output === undefined) fail("bad_output", "the plugin put out nothing")
    else send(Frame.OUTPUT, output)
  } catch (error) {
    fail(error instanceof QuotaExceeded ? "quota" : "trap", error instanceof Error ? error.message : String(error))
  }
}

send(Frame.READY)
for (;;) {
  const { kind, body } = receive()
  if (kind === Frame.LOAD) load(body)
  else await answer(body)
}
