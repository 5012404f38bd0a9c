/**
 * The first wall: reads a module's sections before anything compiles it, and refuses whatever is not on the list.
 * Pure and linear in the size of the file; it looks at no instruction (deadline, memory limit and SIGKILL answer for
 * those). What is admitted is rewritten: the memory's maximum is the plugin's, custom sections are gone.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { joined } from "../domain/Bytes.ts"
import { type Limits, limits } from "./ModuleLimits.ts"
import { type FunctionExport, type Importable, ModuleParser } from "./ModuleParser.ts"
import { leb, WasmReader } from "./WasmReader.ts"

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

export interface Admitted {
  readonly bytes: Uint8Array
  /** `namespace/name`, in order of the module. */
  readonly imports: ReadonlyArray<string>
  readonly functions: ReadonlyArray<FunctionExport>
}

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
const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

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
  const parser = new ModuleParser(input, host, bounds)
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
    let replaced: ReadonlyArray<number> | undefined
    input.within(length, () => {
      replaced = parser.section(id)
    })
    if (replaced !== undefined) parts.push(Uint8Array.from([id, ...leb(replaced.length), ...replaced]))
    else if (id !== 5) parts.push(bytes.subarray(start, input.position))
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
  return Result.succeed({ bytes: joined(parts), imports: parser.imports, functions: parser.exported })
}
