/**
 * The program of a slot: takes a call from descriptor 3, runs it in a fresh instance, answers, and waits again. Single
 * threaded and blocking: a host function writes its request and blocks on the reply. It runs under SIGKILL, without
 * environment, files or processes; when the gateway is gone its read gives nothing and it ends.
 */
import "./slot/Synchronous.ts"
import * as Frame from "./Frame.ts"
import { bytesOf, Denied, QuotaExceeded, receive, send } from "./slot/Call.ts"
import { Instance, type WasmModule } from "./slot/Instance.ts"

declare const WebAssembly: { readonly Module: new (bytes: Uint8Array) => WasmModule }

const utf8 = new TextDecoder("utf-8")

interface Loaded {
  readonly module: WasmModule | Error
  readonly bytes: number
}
const modules = new Map<string, Loaded>()

const load = (body: Uint8Array): void => {
  const key = Buffer.from(body.subarray(0, 32)).toString("hex")
  const bytes = body.length - 32
  try {
    modules.set(key, { module: new WebAssembly.Module(body.slice(32)), bytes })
  } catch (error) {
    modules.set(key, { module: error instanceof Error ? error : new Error("it does not compile"), bytes })
  }
}

/** Calls in a row with this header, and the instance that waits for the next one. */
interface Repeated {
  readonly bytes: Buffer
  readonly header: Frame.CallHeader
  readonly times: number
  readonly next: Instance | undefined
}
let repeated: Repeated | undefined

/** Of bigger ones the next instance is made when it is called for: what it holds meanwhile is not looked after. */
const SMALL = 256 * 1024

const instanceOf = (header: Frame.CallHeader): Instance => {
  const loaded = modules.get(header.module)
  if (loaded === undefined) throw new Error("the module was not loaded")
  if (loaded.module instanceof Error) throw loaded.module
  return new Instance(loaded.module, header)
}

/** The instance for a call with this header: the one that waits, else a new one. */
const take = (bytes: Uint8Array): { readonly header: Frame.CallHeader; readonly waiting: Instance | undefined } => {
  if (repeated?.bytes.equals(bytes) === true) {
    const { header, next, times } = repeated
    repeated = { ...repeated, times: times + 1, next: undefined }
    return { header, waiting: next }
  }
  const header: Frame.CallHeader = JSON.parse(utf8.decode(bytes))
  repeated = { bytes: Buffer.from(bytes), header, times: 0, next: undefined }
  return { header, waiting: undefined }
}

/** Makes the instance of the next call, where it is likely to be like the last ones. None of its code runs. */
const prepare = async (): Promise<void> => {
  if (repeated === undefined || repeated.times === 0) return
  const { header } = repeated
  const loaded = modules.get(header.module)
  // one that does not compile has no instance: that is an answer, and no reason to end
  if (loaded === undefined || loaded.module instanceof Error || loaded.bytes >= SMALL) return
  const next = instanceOf(header)
  repeated = { ...repeated, next }
  await next.made
}

const fail = (kind: Frame.Failure["kind"], message: string): void =>
  send(Frame.FAILURE, bytesOf(JSON.stringify({ kind, message: message.slice(0, 2000) })))

const answer = async (body: Uint8Array): Promise<void> => {
  const end = 4 + Frame.lengthAt(body)
  const { header, waiting } = take(body.subarray(4, end))
  let instance = waiting
  try {
    instance ??= instanceOf(header)
    const output = await instance.run(body.slice(end))
    if (output === undefined) fail("bad_output", "the plugin put out nothing")
    else send(Frame.OUTPUT, output)
  } catch (error) {
    const kind = error instanceof QuotaExceeded ? "quota" : error instanceof Denied ? "denied" : "trap"
    const why = error instanceof Error ? error.message : String(error)
    // the engine repeats it, in words of its own before it
    const said = instance?.call.said
    fail(
      kind,
      `${said === undefined ? why : why.endsWith(said) ? said : `${said}: ${why}`}${instance?.wasi.hint ?? ""}`
    )
  }
  await prepare()
}

send(Frame.READY)
for (;;) {
  const { kind, body } = receive()
  if (kind === Frame.LOAD) load(body)
  else await answer(body)
}
