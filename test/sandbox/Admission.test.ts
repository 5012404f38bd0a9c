import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { admit, AdmissionRefused, type Admitted } from "../../src/sandbox/Admission.ts"
import { kernel } from "../../src/sandbox/Kernel.ts"
import { SHIM_NAMESPACE, wasi, WASI_NAMESPACE } from "../../src/sandbox/Wasi.ts"
import { type Limits, limits } from "../../src/sandbox/ModuleLimits.ts"
import { type Importable, showSignature } from "../../src/sandbox/ModuleParser.ts"
import { leb } from "../../src/sandbox/WasmReader.ts"
import { plugin, refused, running, unadmitted, wat, wellBehaved } from "../hostile/modules.ts"

// the types of Node leave this global to those of browsers
declare const WebAssembly: {
  readonly validate: (bytes: Uint8Array) => boolean
  readonly Module: {
    new (bytes: Uint8Array): { readonly compiled: true }
    imports(module: object): ReadonlyArray<{ readonly module: string; readonly name: string }>
    exports(module: object): ReadonlyArray<{ readonly kind: string; readonly name: string }>
    customSections(module: object, name: string): ReadonlyArray<ArrayBuffer>
  }
}

const user = (name: string, granted: boolean): Importable => ({
  namespace: "extism:host/user",
  name,
  params: ["i64"],
  results: ["i64"],
  granted,
  ...(granted ? {} : { needs: "store:NAME" })
})
const host: ReadonlyArray<Importable> = [...kernel(false), ...wasi, user("log", true), user("kv_set", false)]

const refusal = (bytes: Uint8Array, bounds: Limits = limits): AdmissionRefused => {
  const result = admit(bytes, host, bounds)
  assert(Result.isFailure(result), "it was admitted")
  assert.instanceOf(result.failure, AdmissionRefused)
  return result.failure
}
const admitted = (bytes: Uint8Array): Admitted => Result.getOrThrow(admit(bytes, host))

const section = (id: number, ...content: ReadonlyArray<number>) => [id, ...leb(content.length), ...content]
const file = (...sections: ReadonlyArray<ReadonlyArray<number>>) =>
  Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()])
const NULLARY = [0x60, 0, 0]

/** What V8 would see must be what admission saw. */
/** What admission writes, as if it could be imported. */
const shim = wasi.map((one) => ({ ...one, namespace: SHIM_NAMESPACE }))
const asWritten = (label: string) => label.replace(SHIM_NAMESPACE, WASI_NAMESPACE)

const agrees = (module: Admitted): void => {
  const compiled = new WebAssembly.Module(module.bytes)
  assert.deepStrictEqual(
    WebAssembly.Module.imports(compiled).map((one) => asWritten(`${one.module}/${one.name}`)),
    module.imports
  )
  assert.deepStrictEqual(
    WebAssembly.Module.exports(compiled).flatMap((one) => (one.kind === "function" ? [one.name] : [])),
    module.functions.map((one) => one.name)
  )
}

describe("admission", () => {
  it("admits a plain plugin and says what it imports and exports", () => {
    const module = admitted(wellBehaved)
    assert.deepStrictEqual(module.imports, [
      "extism:host/env/alloc",
      "extism:host/env/store_u8",
      "extism:host/env/output_set"
    ])
    assert.deepStrictEqual(module.functions, [
      { name: "describe", params: [], results: ["i32"] },
      { name: "handle_tool_call", params: [], results: ["i32"] }
    ])
    agrees(module)
  })

  it("writes the memory's maximum, whatever the module asked for, and drops custom sections", () => {
    const memory = (declared: string) =>
      Buffer.from(admitted(wat(`(module (memory ${declared}))`)).bytes).toString("hex")
    const most = Buffer.from(leb(limits.pages)).toString("hex")
    assert.include(memory("1"), `0505010101${most}`)
    assert.include(memory("1 65536"), `0505010101${most}`)
    assert.include(memory("1 7"), "050401010107")
    const custom = section(0, 4, ...Buffer.from("name"), 1, 2, 3)
    const plain = section(1, 1, ...NULLARY)
    assert.deepStrictEqual(admitted(file(custom, plain, custom)).bytes, file(plain))
    assert.deepStrictEqual(admitted(file(section(5, 0))).bytes, file())
  })

  it("admits what it admitted before, unchanged", () => {
    for (const attack of running) {
      const once = admitted(attack.bytes)
      const again = Result.getOrThrow(admit(once.bytes, [...host, ...shim]))
      assert.deepStrictEqual({ ...again, imports: again.imports.map(asWritten) }, once, attack.what)
      agrees(once)
    }
  })

  for (const attack of refused.filter((one) => one.what !== "no describe")) {
    it(`T19: refuses ${attack.what}`, () => {
      const said = refusal(attack.bytes)
      assert.match(said.message, attack.says)
      assert.include(said.message, said.section)
      assert.include(said.message, said.allowed)
    })
  }

  it("names the reason, the section, the place and what is allowed", () => {
    assert.deepInclude(refusal(file(section(8, 0))), { reason: "start", section: "start", offset: 10 })
    assert.deepInclude(refusal(file(section(1, 1, 0x60, 1, 0x6e, 0))), {
      reason: "unsupported",
      section: "type",
      allowed: "i32, i64, f32, f64, v128, funcref, externref"
    })
    const ungranted = refused.find((one) => one.what.includes("without its grant"))
    const missing = refusal(ungranted?.bytes ?? file())
    assert.strictEqual(missing.reason, "import_ungranted")
    assert.include(missing.message, 'it needs "store:NAME"')
    const unnamed = admit(ungranted?.bytes ?? file(), [
      ...kernel(false),
      { namespace: "extism:host/user", name: "kv_set", params: ["i64"], results: ["i64"], granted: false }
    ])
    assert(Result.isFailure(unnamed))
    assert.include(unnamed.failure.message, 'it needs "kv_set"')
  })

  it("T19: links WASI to the shim, whatever else is imported, and refuses another signature", () => {
    const line = (name: string, type: string) => `(import "wasi_snapshot_preview1" "${name}" (func ${type}))`
    const { bytes, imports } = admitted(
      plugin("", {
        imports: line("fd_write", "(param i32 i32 i32 i32) (result i32)") + line("proc_exit", "(param i32)")
      })
    )
    assert.include(imports, "wasi_snapshot_preview1/fd_write")
    const linked = WebAssembly.Module.imports(new WebAssembly.Module(bytes.slice()))
    assert.deepStrictEqual(
      linked.map(({ module, name }) => `${module}/${name}`),
      [
        ...["alloc", "store_u8", "output_set"].map((name) => `extism:host/env/${name}`),
        `${SHIM_NAMESPACE}/fd_write`,
        `${SHIM_NAMESPACE}/proc_exit`
      ]
    )
    for (const { name } of wasi) {
      const wrong = refusal(plugin("", { imports: line(name, "(param f64)") }))
      assert.strictEqual(wrong.reason, "import_signature", name)
    }
    for (const other of ["wasi_unstable", SHIM_NAMESPACE]) {
      const unknown = refusal(plugin("", { imports: `(import "${other}" "fd_close" (func (param i32) (result i32)))` }))
      assert.strictEqual(unknown.reason, "import_unknown")
    }
  })

  it("T21: HTTP of the kernel is admitted with an http grant only, and the refusal names it", () => {
    const module = plugin("", {
      imports: '(import "extism:host/env" "http_request" (func (param i64 i64) (result i64)))'
    })
    assert.include(refusal(module).message, 'it needs "http:HOST[:PORT][/path]"')
    assert.isTrue(Result.isSuccess(admit(module, kernel(true))))
  })

  it("refuses numbers, parts and indices that do not fit", () => {
    const over = [0x80, 0x80, 0x80, 0x80, 0x10]
    for (const [bytes, message] of [
      [file([1, ...over]), /longer than 32 bits/],
      [file(section(1, ...over)), /longer than 32 bits/],
      [file([1, 9, 0]), /longer than what contains it/],
      [file(section(1, 1, ...NULLARY, 0)), /1 bytes are left over/],
      [file(section(1, 2, ...NULLARY)), /ends in the middle/],
      [file(section(1, 0), section(3, 1, 0)), /type 0 does not exist/],
      [file(section(7, 1, 1, 0x78, 0, 0)), /function 0 does not exist/],
      [file(section(7, 1, 1, 0x78, 4, 0)), /export of that kind/],
      [file(section(4, 1, 0x6e, 0, 0)), /table of that type/],
      [file(section(4, 1, 0x70, 4, 0)), /64-bit table/],
      [file(section(4, 5)), /5 tables/],
      [file(section(1, 1, 0x60, 101)), /101 values in a signature/],
      [file(section(6, ...leb(10_001))), /10001 globals/],
      [file(section(11, ...leb(100_001))), /100001 segments/],
      [file(section(14, 0)), /section 14/],
      [file(section(3, 0), section(1, 0)), /twice or out of order/],
      [file([0, 9]), /longer than what contains it/],
      [file(section(2, 1, 9, 0x78)), /longer than what contains it/],
      [file(section(10, 1, 9)), /longer than what contains it/],
      [file(section(10, 1, 5, 2, 0xd0, 0x0f, 0x7f, 1, 0x7f)), /ends in the middle/],
      [file(section(10, 1, 7, 2, 0xd0, 0x0f, 0x7f, 1, 0x7f, 0x0b)), /2001 locals/],
      [file(section(10, 1, 4, 1, 1, 0x6e, 0x0b)), /value type 0x6e/]
    ] as const) {
      assert.match(refusal(bytes).message, message)
    }
  })

  it("is not fooled by a byte order mark or by broken UTF-8 in a name", () => {
    for (const name of [
      [0xef, 0xbb, 0xbf, ...Buffer.from("log")],
      [0x6c, 0x6f, 0xff]
    ]) {
      const namespace = Buffer.from("extism:host/user")
      const type = section(1, 1, 0x60, 1, 0x7e, 1, 0x7e)
      const bytes = file(type, section(2, 1, namespace.length, ...namespace, name.length, ...name, 0, 0))
      assert.strictEqual(refusal(bytes).reason, "import_unknown")
    }
  })

  it("keeps a table's own maximum and counts what it may", () => {
    const module = file(section(4, 2, 0x70, 1, 1, 9, 0x6f, 0, 1))
    assert.deepStrictEqual(admitted(module).bytes, module)
    assert.match(refusal(wellBehaved, { ...limits, bytes: 10 }).message, /at most 10 bytes/)
    assert.strictEqual(refusal(wellBehaved, { ...limits, bytes: 10 }).reason, "too_large")
  })

  it("shows a signature as it is written", () => {
    assert.strictEqual(showSignature({ params: ["i64", "i32"], results: ["i64"] }), "(i64, i32) -> i64")
    assert.strictEqual(showSignature({ params: [], results: [] }), "() -> ()")
  })
})

describe("admission of arbitrary bytes", () => {
  const real = [wellBehaved, ...running.map((one) => one.bytes).filter((bytes) => bytes.length < 2000)]
  const hostile = [...refused, ...unadmitted].map((one) => one.bytes).filter((bytes) => bytes.length < 20_000)

  /** Neither throws nor admits what V8 reads differently. */
  const holds = (bytes: Uint8Array): void => {
    const before = bytes.slice()
    const result = admit(bytes, host)
    assert.deepStrictEqual(bytes, before)
    if (Result.isFailure(result)) {
      assert.instanceOf(result.failure, AdmissionRefused)
      assert.isAtMost(result.failure.offset, bytes.length)
      return
    }
    const again = Result.getOrThrow(admit(result.success.bytes, [...host, ...shim]))
    assert.deepStrictEqual(again.bytes, result.success.bytes)
    assert.deepStrictEqual(again.imports.map(asWritten), result.success.imports)
    if (WebAssembly.validate(result.success.bytes)) agrees(result.success)
  }

  it("random bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), holds), { numRuns: 500 })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => holds(file([...bytes]))),
      { numRuns: 1000 }
    )
  })

  it("sections of random content", () => {
    const part = fc.tuple(fc.integer({ min: 0, max: 14 }), fc.uint8Array({ maxLength: 40 }))
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) =>
        holds(file(...parts.map(([id, content]) => section(id, ...content))))
      ),
      { numRuns: 2000 }
    )
  })

  it("real modules with bytes changed, cut, doubled or swapped", () => {
    const edit = fc.tuple(fc.constantFrom("set", "cut", "double", "insert"), fc.nat(), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(
        fc.constantFrom(...real, ...hostile),
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        (bytes, edits) => {
          let mutant = [...bytes]
          for (const [how, at, value] of edits) {
            const place = mutant.length === 0 ? 0 : at % mutant.length
            if (how === "set") mutant[place] = value
            else if (how === "cut") mutant = mutant.slice(0, place)
            else if (how === "insert") mutant.splice(place, 0, value)
            else mutant.splice(place, 0, ...mutant.slice(place, place + value))
          }
          holds(Uint8Array.from(mutant))
        }
      ),
      { numRuns: 3000 }
    )
  })
})
