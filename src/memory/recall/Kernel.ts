/** The loops of `scripts/kernel`, which says what each does; every instance has a memory of its own. */
import { module } from "./module.ts"

/** A place in an instance's memory. */
type At = number

export interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => number }
  readonly cosines: (
    count: number,
    stride: number,
    vector: At,
    rows: At,
    scales: At,
    lengths: At,
    scale: number,
    offset: number,
    norm: number,
    into: At
  ) => void
  readonly term: (
    count: number,
    found: At,
    times: At,
    previous: At,
    following: At,
    lengths: At,
    counts: At,
    covered: At,
    touched: At,
    here: number,
    near: number,
    far: number,
    factor: number,
    average: number,
    share: number,
    score: At,
    coverage: At
  ) => void
  readonly firstLook: (
    size: number,
    words: At,
    coverage: At,
    cosines: At,
    flags: At,
    roles: At,
    speakers: At,
    named: number,
    speaker: number,
    role: number,
    question: number,
    instruction: number,
    wordShare: number,
    score: At
  ) => void
  readonly best: (size: number, limit: number, score: At, values: At, rows: At) => void
  readonly gather: (count: number, rows: At, from: At, into: At) => void
  readonly standardise: (count: number, at: At) => void
  readonly flagged: (count: number, rows: At, flags: At, previous: At, some: number, into: At) => void
  readonly spoken: (
    count: number,
    rows: At,
    roles: At,
    speakers: At,
    named: number,
    speaker: number,
    role: number,
    into: At
  ) => void
  readonly add: (count: number, column: At, weight: number, sums: At) => void
  readonly sessionMeans: (count: number, sessions: At, base: At, places: At, best: At, into: At) => void
  readonly falling: (count: number, values: At, later: number, one: At, other: At) => At
  readonly mean: (
    count: number,
    dimensions: number,
    places: At,
    factors: At,
    vectors: At,
    total: number,
    into: At
  ) => void
}

/** As much of the host's interface as is needed: the language's own library of types has none of it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: object }
}

let compiled: object | undefined

/** One with a memory of `bytes` at least. */
export const instantiate = (bytes: number): Kernel => {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(module), (letter) => letter.charCodeAt(0)))
  const kernel = new WebAssembly.Instance(compiled).exports as Kernel
  ensure(kernel, bytes)
  return kernel
}

const page = 65_536

/** Makes room for so many bytes; views of the memory are good until then. */
export const ensure = ({ memory }: Kernel, bytes: number): void => {
  const missing = Math.ceil((bytes - memory.buffer.byteLength) / page)
  if (missing > 0) memory.grow(missing)
}
