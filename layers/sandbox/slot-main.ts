/**
 * The program of a slot: takes a call from descriptor 3, runs it in a fresh instance, answers, and waits again. Single
 * threaded and blocking: a host function writes its request and blocks on the reply. It runs under SIGKILL, without
 * environment, files or processes; when the gateway is gone its read gives nothing and it ends.
 */
import "./slot/Synchronous.ts"
import createPlugin from "@extism/extism"
import * as Frame from "./Frame.ts"
import { bytesOf, Call, Denied, QuotaExceeded, receive, send } from "./slot/Call.ts"
import { hostFunction, http, kernel } from "./slot/Kernel.ts"
import { Wasi } from "./slot/Wasi.ts"

// the parts of the global that are used; the types of Node leave it to those of browsers
interface WasmModule {
  readonly [Symbol.toStringTag]: string
}
interface WasmMemory {
  readonly buffer: ArrayBuffer
}
interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>
}
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => WasmModule
  readonly Memory: new (limits: { readonly initial: number }) => WasmMemory
  instantiate: (module: WasmModule, imports: unknown) => Promise<WasmInstance>
}

const utf8 = new TextDecoder("utf-8")
const quiet = { ...console, error() {}, warn() {}, info() {}, debug() {}, trace() {}, log() {} }

const modules = new Map<string, WasmModule | Error>()

const load = (body: Uint8Array): void => {
  const key = Buffer.from(body.subarray(0, 32)).toString("hex")
  try {
    modules.set(key, new WebAssembly.Module(body.slice(32)))
  } catch (error) {
    modules.set(key, error instanceof Error ? error : new Error("it does not compile"))
  }
}

// The shim needs the memory of an instance before its engine hands it out: the start-up code of a module calls it.
let exports: WasmInstance["exports"] = {}
const instantiate = WebAssembly.instantiate
WebAssembly.instantiate = async (module, imports) => {
  const instance = await instantiate(module, imports)
  exports = instance.exports
  // of a Haskell module the engine would call `hs_init` alone
  if (typeof exports["hs_init"] === "function" && typeof exports["_initialize"] === "function") exports["_initialize"]()
  return instance
}
const memory = (): WasmMemory | undefined => {
  const exported = exports["memory"]
  return exported instanceof WebAssembly.Memory ? exported : undefined
}

const run = async (call: Call, wasi: Wasi, input: Uint8Array): Promise<Uint8Array | undefined> => {
  const { header } = call
  const module = modules.get(header.module)
  if (module === undefined || module instanceof Error) throw module ?? new Error("the module was not loaded")
  exports = {}
  const plugin = await createPlugin(
    { wasm: [{ module }] },
    {
      logger: quiet,
      logLevel: "trace",
      functions: {
        "extism:host/env": kernel(call),
        "extism:host/user": Object.fromEntries(header.functions.map((name) => [name, hostFunction(name, call)])),
        "exoclaw:http": http(call),
        "exoclaw:wasi": wasi.functions
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
  const call = new Call(header)
  const wasi = new Wasi(call, memory)
  try {
    const output = await run(call, wasi, body.slice(4 + length))
    if (output === undefined) fail("bad_output", "the plugin put out nothing")
    else send(Frame.OUTPUT, output)
  } catch (error) {
    const kind = error instanceof QuotaExceeded ? "quota" : error instanceof Denied ? "denied" : "trap"
    const why = error instanceof Error ? error.message : String(error)
    fail(kind, `${call.said === undefined || call.said === why ? why : `${call.said}: ${why}`}${wasi.hint}`)
  }
}

send(Frame.READY)
for (;;) {
  const { kind, body } = receive()
  if (kind === Frame.LOAD) load(body)
  else await answer(body)
}
