/**
 * One instance of a module for one call: made without running any of its code, so that it may be made before the call
 * comes; then started, and called once.
 */
import createPlugin, { type Plugin } from "@extism/extism"
import type { CallHeader } from "../Frame.ts"
import { Call, QuotaExceeded } from "./Call.ts"
import { hostFunction, http, kernel } from "./Kernel.ts"
import { Wasi } from "./Wasi.ts"

// the parts of the global that are used; the types of Node leave it to those of browsers
export interface WasmModule {
  readonly [Symbol.toStringTag]: string
}
interface WasmMemory {
  readonly buffer: ArrayBuffer
}
type Exports = Readonly<Record<string, unknown>>
interface WasmInstance {
  readonly exports: Exports
}
declare const WebAssembly: {
  readonly Memory: new (limits: { readonly initial: number }) => WasmMemory
  instantiate: (module: WasmModule, imports: unknown) => Promise<WasmInstance>
}

/** What the engine is given for an instance: it finds no start-up function in it, and runs none. */
class Held {
  exports: Exports = {}
  readonly instance: WasmInstance
  constructor(instance: WasmInstance) {
    this.instance = instance
  }
}
let made: Held | undefined
const instantiate = WebAssembly.instantiate
WebAssembly.instantiate = async (module, imports) => (made = new Held(await instantiate(module, imports)))

const quiet = { ...console, error() {}, warn() {}, info() {}, debug() {}, trace() {}, log() {} }

/** Start-up code in the order of the engine, but for `_initialize` before Haskell's own, which it would leave out. */
const start = (exports: Exports): void => {
  const run = (name: string): boolean => {
    const code = exports[name]
    if (typeof code !== "function") return false
    code()
    return true
  }
  if (typeof exports["hs_init"] === "function") {
    run("_initialize")
    run("hs_init")
  } else if (!run("_initialize")) run("_start")
}

export class Instance {
  readonly call: Call
  readonly wasi: Wasi
  /** It is made, or cannot be. */
  readonly made: Promise<void>
  readonly #plugin: Promise<Plugin>
  #held: Held | undefined

  constructor(module: WasmModule, header: CallHeader) {
    this.call = new Call(header)
    this.wasi = new Wasi(this.call, () => this.#memory)
    this.#plugin = this.#make(module)
    this.made = this.#plugin.then(
      () => undefined,
      // told to whoever runs it
      () => undefined
    )
  }

  /** What the plugin put out, undefined where that is nothing. For one call. */
  async run(input: Uint8Array): Promise<Uint8Array | undefined> {
    const plugin = await this.#plugin
    try {
      const { entry, quotas } = this.call.header
      this.call.input = new DataView(input.buffer, input.byteOffset, input.byteLength)
      const code = this.#start(entry)
      await plugin.call(entry, input)
      // the engine does not look at it, and knows errors only that the plugin put into words
      if (code() !== 0) throw new Error(`it returned ${code()}`)
      const bytes = this.call.output?.()
      if (bytes !== undefined && bytes.length > quotas.outputBytes) {
        throw new QuotaExceeded(`an output of more than ${quotas.outputBytes} bytes`)
      }
      return bytes
    } finally {
      await plugin.close()
    }
  }

  /** Runs start-up code, shows the engine the entry, and tells what that will have returned; 0 where it says nothing. */
  #start(entry: string): () => number {
    let code = 0
    const held = this.#held
    if (held === undefined) return () => code
    const { exports } = held.instance
    start(exports)
    this.call.output = undefined
    const run = exports[entry]
    const counted = () => {
      const returned: unknown = typeof run === "function" ? run() : undefined
      if (typeof returned === "number") code = returned
    }
    held.exports = { [entry]: typeof run === "function" ? counted : run }
    return () => code
  }

  async #make(module: WasmModule): Promise<Plugin> {
    const { functions } = this.call.header
    const plugin = await createPlugin(
      { wasm: [{ module }] },
      {
        logger: quiet,
        logLevel: "trace",
        functions: {
          "extism:host/env": kernel(this.call),
          "extism:host/user": Object.fromEntries(functions.map((name) => [name, hostFunction(name, this.call)])),
          "exoclaw:http": http(this.call),
          "exoclaw:wasi": this.wasi.functions
        }
      }
    )
    this.#held = made
    return plugin
  }

  /** The shim needs the memory before any call: start-up code of a module calls it. */
  get #memory(): WasmMemory | undefined {
    const exported = this.#held?.instance.exports["memory"]
    return exported instanceof WebAssembly.Memory ? exported : undefined
  }
}
