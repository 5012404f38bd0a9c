/** Reads the sections of a module one by one, against what the host offers. Linear; looks at no instruction. */
import type { Signature, ValueType } from "./HostFunction.ts"
import type { Limits } from "./ModuleLimits.ts"
import { leb, type WasmReader } from "./WasmReader.ts"

/** A function the host has. */
export interface Importable extends Signature {
  readonly namespace: string
  /** The namespace that is written into the module, where it is another one. */
  readonly linkedAs?: string
  readonly name: string
  /** True where this plugin may import it. */
  readonly granted: boolean
  /** How the grant it needs is written; shown where it is missing. */
  readonly needs?: string
}

export interface FunctionExport extends Signature {
  readonly name: string
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
const ARITY = 100

const encoder = new TextEncoder()
/** A name as WebAssembly writes it. */
const text = (name: string): ReadonlyArray<number> => {
  const bytes = encoder.encode(name)
  return [...leb(bytes.length), ...bytes]
}

const same = (left: ReadonlyArray<ValueType>, right: ReadonlyArray<ValueType>): boolean =>
  left.length === right.length && left.every((type, index) => type === right[index])

/** `(i64) -> i64` */
export const showSignature = (signature: Signature): string =>
  `(${signature.params.join(", ")}) -> ${signature.results.length === 1 ? signature.results[0] : `(${signature.results.join(", ")})`}`

export class ModuleParser {
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
        this.#in.fail(
          "start",
          "it runs code before it is called",
          "an exported _initialize (AssemblyScript: --exportStart _initialize)"
        )
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

  /** The section anew where an import is linked under another namespace. */
  #importSection(): ReadonlyArray<number> | undefined {
    const count = this.#in.count(this.#limits.imports, "imports")
    const written = [...leb(count)]
    let moved = false
    this.#each(count, () => {
      const host = this.#import()
      if (host === undefined) return
      moved ||= host.linkedAs !== undefined
      written.push(...text(host.linkedAs ?? host.namespace), ...text(host.name), 0, ...leb(this.#functions.at(-1) ?? 0))
    })
    return moved ? written : undefined
  }

  #import(): Importable | undefined {
    const namespace = this.#in.name()
    const name = this.#in.name()
    const label = `${namespace}/${name}`.slice(0, 200)
    if (this.#in.byte() !== 0) this.#in.fail("unsupported", `import ${label} is no function`, "functions only")
    const index = this.#in.u32()
    const signature = this.#signature(index)
    const host = this.#host.find((candidate) => candidate.name === name && candidate.namespace === namespace)
    if (host === undefined) {
      this.#in.fail("import_unknown", `import ${label} does not exist`, this.#offered(namespace))
    } else if (!host.granted) {
      const needs = `it needs "${host.needs ?? host.name}"`
      this.#in.fail("import_ungranted", `import ${label} is not granted: ${needs}`, "what its capabilities name")
    } else if (!same(host.params, signature.params) || !same(host.results, signature.results)) {
      this.#in.fail("import_signature", `import ${label} is ${showSignature(signature)}`, showSignature(host))
    }
    this.imports.push(`${namespace}/${name}`)
    this.#functions.push(index)
    return host
  }

  /** What could be imported: the functions of the namespace, or the namespaces. */
  #offered(namespace: string): string {
    const granted = this.#host.filter((known) => known.granted)
    const near = granted.filter((known) => known.namespace === namespace)
    return near.length > 0
      ? near.map((known) => `${known.namespace}/${known.name}`).join(", ")
      : `functions of ${[...new Set(granted.map((known) => known.namespace))].join(", ")}`
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
