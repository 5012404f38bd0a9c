/**
 * The first wall: reads a module's sections before anything compiles it, and refuses whatever is not on the list.
 * Pure and linear in the size of the file; it looks at no instruction (deadline, memory limit and SIGKILL answer for
 * those). What is admitted is rewritten: the memory's maximum is the plugin's, custom sections are gone.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Signature, ValueType } from "./HostFunction.ts"
import { WasmReader } from "./WasmReader.ts"

/** The module is not admitted. `section` names the part, `allowed` what would be accepted there. */
export class AdmissionRefused extends Schema.TaggedError<AdmissionRefused>()("AdmissionRefused", {
  reason: Schema.Literals([
    "malformed",
    "unsupported",
    "too_large",
    "start",
    "import_unknown",
    "import_ungranted",
    "import_signature"
  ]),
  section: Schema.String,
  message: Schema.String,
  allowed: Schema.String,
  offset: Schema.Int
}) {}

/** A function the host has. */
export interface Importable extends Signature {
  readonly namespace: string
  readonly name: string
  /** True where this plugin may import it. */
  readonly granted: boolean
  /** How the grant it needs is written; shown where it is missing. */
  readonly needs?: string
}

export interface FunctionExport extends Signature {
  readonly name: string
}

export interface Admitted {
  readonly bytes: Uint8Array
  /** `namespace/name`, in order of the module. */
  readonly imports: ReadonlyArray<string>
  readonly functions: ReadonlyArray<FunctionExport>
}

export interface Limits {
  /** Of the file, in bytes. */
  readonly bytes: number
  /** Of the linear memory, in pages of 64 KiB. */
  readonly pages: number
  readonly types: number
  readonly imports: number
  readonly exports: number
  readonly functions: number
  readonly tables: number
  /** Entries of one table at the start. */
  readonly entries: number
  readonly globals: number
  /** Element or data segments. */
  readonly segments: number
  /** Bytes of one function. */
  readonly body: number
  /** Locals of one function. */
  readonly locals: number
}

export const limits: Limits = {
  bytes: 16 * 1024 * 1024,
  pages: 512,
  types: 5000,
  imports: 200,
  exports: 200,
  functions: 20_000,
  tables: 4,
  entries: 10_000,
  globals: 10_000,
  segments: 20_000,
  body: 256 * 1024,
  locals: 2000
}

const VALUE_TYPES: ReadonlyMap<number, ValueType> = new Map([
  [0x7f, "i32"],
  [0x7e, "i64"],
  [0x7d, "f32"],
  [0x7c, "f64"],
  [0x7b, "v128"],
  [0x70, "funcref"],
  [0x6f, "externref"]
])
/** Section ids in the order the specification demands. */
const ORDER = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11]
const NAMES = [
  "custom",
  "type",
  "import",
  "function",
  "table",
  "memory",
  "global",
  "export",
  "start",
  "element",
  "code",
  "data",
  "data count"
]
const ARITY = 100

const leb = (value: number): ReadonlyArray<number> =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(Math.floor(value / 0x80))]

const same = (left: ReadonlyArray<ValueType>, right: ReadonlyArray<ValueType>): boolean =>
  left.length === right.length && left.every((type, index) => type === right[index])

/** `(i64) -> i64` */
export const showSignature = (signature: Signature): string =>
  `(${signature.params.join(", ")}) -> ${signature.results.length === 1 ? signature.results[0] : `(${signature.results.join(", ")})`}`

class Parser {
  readonly #in: WasmReader
  readonly #limits: Limits
  readonly #host: ReadonlyArray<Importable>
  readonly #types: Array<Signature> = []
  /** Type index per function, imported ones first. */
  readonly #functions: Array<number> = []
  readonly imports: Array<string> = []
  readonly exported: Array<FunctionExport> = []

  constructor(input: WasmReader, host: ReadonlyArray<Importable>, bounds: Limits) {
    this.#in = input
    this.#host = host
    this.#limits = bounds
  }

  /** Reads one section's content; the bytes that replace it, where it is not kept as it is. */
  section(id: number): ReadonlyArray<number> | undefined {
    switch (id) {
      case 1:
        return this.#typeSection()
      case 2:
        return this.#importSection()
      case 3:
        return this.#functionSection()
      case 4:
        return this.#tableSection()
      case 5:
        return this.#memorySection()
      case 7:
        return this.#exportSection()
      case 8:
        this.#in.fail("start", "it runs code before it is called", "an exported _initialize instead")
        return undefined
      case 10:
        return this.#codeSection()
      case 6:
        return this.#counted(this.#limits.globals, "globals")
      default:
        return this.#counted(this.#limits.segments, "segments")
    }
  }

  #each(count: number, read: () => void): undefined {
    for (let index = 0; index < count && this.#in.ok; index++) read()
  }

  /** A section whose content V8 alone reads, behind its count. */
  #counted(limit: number, what: string): undefined {
    this.#in.count(limit, what)
    this.#in.rest()
  }

  #valueTypes(): ReadonlyArray<ValueType> {
    const types: Array<ValueType> = []
    this.#each(this.#in.count(ARITY, "values in a signature"), () => types.push(this.#valueType()))
    return types
  }

  #valueType(): ValueType {
    const byte = this.#in.byte()
    const type = VALUE_TYPES.get(byte)
    if (type !== undefined) return type
    this.#in.fail("unsupported", `value type 0x${byte.toString(16)}`, [...VALUE_TYPES.values()].join(", "))
    return "i32"
  }

  #typeSection(): undefined {
    return this.#each(this.#in.count(this.#limits.types, "types"), () => {
      const form = this.#in.byte()
      if (form !== 0x60) this.#in.fail("unsupported", "a type that is no function", "plain function types")
      this.#types.push({ params: this.#valueTypes(), results: this.#valueTypes() })
    })
  }

  #signature(index: number): Signature {
    const signature = this.#types[index]
    if (signature !== undefined) return signature
    this.#in.fail("malformed", `type ${index} does not exist`, "indices of the type section")
    return { params: [], results: [] }
  }

  #importSection(): undefined {
    return this.#each(this.#in.count(this.#limits.imports, "imports"), () => {
      const namespace = this.#in.name()
      const name = this.#in.name()
      const label = `${namespace}/${name}`.slice(0, 200)
      if (this.#in.byte() !== 0) return this.#in.fail("unsupported", `import ${label} is no function`, "functions only")
      const index = this.#in.u32()
      const signature = this.#signature(index)
      const host = this.#host.find((candidate) => candidate.name === name && candidate.namespace === namespace)
      if (host === undefined) {
        const offered = this.#host.flatMap((known) => (known.granted ? [`${known.namespace}/${known.name}`] : []))
        return this.#in.fail("import_unknown", `import ${label} does not exist`, offered.join(", "))
      }
      if (!host.granted) {
        return this.#in.fail("import_ungranted", `import ${label} is not granted`, `a grant ${host.needs ?? ""}`.trim())
      }
      if (!same(host.params, signature.params) || !same(host.results, signature.results)) {
        return this.#in.fail("import_signature", `import ${label} is ${showSignature(signature)}`, showSignature(host))
      }
      this.imports.push(`${namespace}/${name}`)
      this.#functions.push(index)
    })
  }

  #functionSection(): undefined {
    return this.#each(this.#in.count(this.#limits.functions, "functions"), () => {
      const index = this.#in.u32()
      this.#signature(index)
      this.#functions.push(index)
    })
  }

  #tableSection(): undefined {
    return this.#each(this.#in.count(this.#limits.tables, "tables"), () => {
      const type = this.#in.byte()
      if (type !== 0x70 && type !== 0x6f) this.#in.fail("unsupported", "a table of that type", "funcref, externref")
      const flags = this.#in.byte()
      if (flags > 1) this.#in.fail("unsupported", "a shared or 64-bit table", "plain 32-bit tables")
      this.#in.count(this.#limits.entries, "table entries")
      if (flags === 1) this.#in.u32()
    })
  }

  #memorySection(): ReadonlyArray<number> | undefined {
    if (this.#in.count(1, "memories") === 0) return undefined
    const flags = this.#in.byte()
    if (flags > 1) this.#in.fail("unsupported", "a shared or 64-bit memory", "one plain 32-bit memory")
    const minimum = this.#in.count(this.#limits.pages, "pages of memory")
    const maximum = flags === 1 ? this.#in.u32() : this.#limits.pages
    return [1, 1, ...leb(minimum), ...leb(Math.min(maximum, this.#limits.pages))]
  }

  #exportSection(): undefined {
    return this.#each(this.#in.count(this.#limits.exports, "exports"), () => {
      const name = this.#in.name()
      const kind = this.#in.byte()
      const index = this.#in.u32()
      if (kind > 3)
        return this.#in.fail("unsupported", "an export of that kind", "functions, tables, memories, globals")
      if (kind !== 0) return
      const type = this.#functions[index]
      if (type === undefined) return this.#in.fail("malformed", `function ${index} does not exist`, "known functions")
      this.exported.push({ name, ...this.#signature(type) })
    })
  }

  #codeSection(): undefined {
    return this.#each(this.#in.count(this.#limits.functions, "functions"), () => {
      const size = this.#in.count(this.#limits.body, "bytes in one function")
      this.#in.within(size, () => {
        let total = 0
        this.#each(this.#in.u32(), () => {
          total += this.#in.count(this.#limits.locals, "locals in one function")
          this.#valueType()
          if (total > this.#limits.locals) {
            this.#in.fail("too_large", `${total} locals in one function`, `at most ${this.#limits.locals}`)
          }
        })
        this.#in.rest()
      })
    })
  }
}

const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

const join = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** Admits `bytes` with imports out of `host` alone, or says why not. Never throws. */
export const admit = (
  bytes: Uint8Array,
  host: ReadonlyArray<Importable>,
  bounds: Limits = limits
): Result.Result<Admitted, AdmissionRefused> => {
  const input = new WasmReader(bytes)
  if (bytes.length > bounds.bytes) input.fail("too_large", `${bytes.length} bytes`, `at most ${bounds.bytes} bytes`)
  if (header.some((byte) => byte !== input.byte())) {
    input.fail(
      "malformed",
      "it is no core module of version 1",
      "core WebAssembly modules; components are not supported"
    )
  }
  const parser = new Parser(input, host, bounds)
  const parts = [bytes.subarray(0, header.length)]
  let last = -1
  while (input.more) {
    const start = input.position
    input.section = "section header"
    const id = input.byte()
    const length = input.u32()
    if (id === 0) {
      input.section = "custom"
      input.skip(length)
      continue
    }
    const place = ORDER.indexOf(id)
    input.section = NAMES[id] ?? `section ${id}`
    if (place < 0) input.fail("unsupported", `section ${id}`, "sections of plain WebAssembly 2.0")
    else if (place <= last) input.fail("malformed", "it comes twice or out of order", "each section once, in order")
    last = place
    input.within(length, () => {
      const replaced = parser.section(id)
      if (replaced !== undefined) parts.push(Uint8Array.from([id, ...leb(replaced.length), ...replaced]))
    })
    if (id !== 5) parts.push(bytes.subarray(start, input.position))
  }
  const fault = input.fault
  if (fault !== undefined) {
    return Result.fail(
      new AdmissionRefused({
        ...fault,
        message: `${fault.section} section, byte ${fault.offset}: ${fault.message}; allowed: ${fault.allowed}`
      })
    )
  }
  return Result.succeed({ bytes: join(parts), imports: parser.imports, functions: parser.exported })
}
