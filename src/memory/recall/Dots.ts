/**
 * Products of a question's vector with those of many rows, sixteen components at a time. The language has no such
 * instruction and WebAssembly has: this was the largest part of a question, most of all of the first one, which ran
 * through a million components uncompiled. Rows are copied in by parts, for the module sees its own memory only.
 */

const localGet = 0x20
const localSet = 0x21
const i32Const = 0x41
const i32Add = 0x6a
const simd = 0xfd
const load = [simd, 0x00, 0, 0]
const low = [simd, 0x87, 0x01]
const high = [simd, 0x88, 0x01]
const dot = [simd, 0xba, 0x01]
const add = [simd, 0xae, 0x01]
const lane = (n: number) => [simd, 0x1b, n]
const end = 0x0b

// dots(count, stride, length, from, into): the vector stands at 0
const [count, stride, length, from, into, q, v, sum] = [0, 1, 2, 3, 4, 5, 6, 7]

const get = (local: number) => [localGet, local]
const set = (local: number) => [localSet, local]
/** So many bytes further; below 64. */
const move = (local: number, by: number) => [...get(local), i32Const, by, i32Add, ...set(local)]
const half = (which: ReadonlyArray<number>) => [...get(q), ...load, ...which, ...get(v), ...load, ...which, ...dot]

const body = [
  // locals: q, v: i32; sum: v128
  [2, 2, 0x7f, 1, 0x7b],
  // for each row: the four sums begin with 0
  [0x03, 0x40, simd, 0x0c, ...new Uint8Array(16), ...set(sum)],
  [i32Const, 0, ...set(q), ...get(from), ...set(v)],
  // for sixteen components each, while q < length
  [0x03, 0x40, ...get(sum), ...half(low), ...add, ...half(high), ...add, ...set(sum)],
  [...move(q, 16), ...move(v, 16), ...get(q), ...get(length), 0x49, 0x0d, 0, end],
  // store the four together
  [...get(into), ...get(sum), ...lane(0), ...get(sum), ...lane(1), i32Add],
  [...get(sum), ...lane(2), i32Add, ...get(sum), ...lane(3), i32Add, 0x36, 2, 0],
  [...move(into, 4), ...get(from), ...get(stride), i32Add, ...set(from)],
  // while --count
  [...get(count), i32Const, 1, 0x6b, 0x22, count, 0x0d, 0, end, end]
].flat()

const section = (id: number, bytes: ReadonlyArray<number>) => [
  id,
  (bytes.length & 0x7f) | 0x80,
  bytes.length >> 7,
  ...bytes
]
const name = (text: string) => [text.length, ...text.split("").map((letter) => letter.charCodeAt(0))]
const pages = 3

const module = Uint8Array.from(
  [
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, [1, 0x60, 5, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0]),
    section(3, [1, 0]),
    section(5, [1, 1, pages, pages]),
    section(7, [2, ...name("memory"), 2, 0, ...name("dots"), 0, 0]),
    section(10, [1, (body.length & 0x7f) | 0x80, body.length >> 7, ...body])
  ].flat()
)

/** Most rows at once, and where their products and they themselves stand: behind the longest vector. */
const mostRows = 4_096
const longest = 65_536
const productsAt = longest
const rowsAt = productsAt + mostRows * 4

/** As much of the host's interface as is needed: the language's own library of types has none of it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: object }
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly dots: (count: number, stride: number, length: number, from: number, into: number) => void
}

let exports: Exports | undefined

/** Gives each row's product with `vector` to `visit`; rows of as many components lie one after the other. */
export const eachProduct = (
  vector: Int8Array,
  rows: Int8Array,
  size: number,
  visit: (products: Int32Array, from: number) => void
): void => {
  const { dots, memory } = (exports ??= new WebAssembly.Instance(new WebAssembly.Module(module)).exports as Exports)
  const stride = vector.length
  const padded = (stride + 15) & ~15
  const bytes = new Int8Array(memory.buffer)
  bytes.set(vector)
  // what is read behind a row counts nothing
  bytes.fill(0, stride, padded)
  const some = Math.min(mostRows, Math.floor(longest / stride))
  for (let at = 0; at < size; at += some) {
    const count = Math.min(some, size - at)
    bytes.set(rows.subarray(at * stride, (at + count) * stride), rowsAt)
    dots(count, stride, padded, rowsAt, productsAt)
    visit(new Int32Array(memory.buffer, productsAt, count), at)
  }
}
