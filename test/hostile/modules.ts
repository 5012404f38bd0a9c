/** Attack modules: what each does, and how it must end. Built from text, or byte by byte where the assembler refuses. */
import wabt from "wabt"

const assembler = await wabt()

/** Assembles `source` without checking it. */
export const wat = (source: string): Uint8Array => {
  const module = assembler.parseWat("hostile.wat", source, {
    bulk_memory: true,
    tail_call: true,
    memory64: true,
    threads: true,
    reference_types: true,
    exceptions: true
  })
  try {
    return new Uint8Array(module.toBinary({}).buffer)
  } finally {
    module.destroy()
  }
}

const DESCRIPTION = '{"name":"evil","description":"evil","input_schema":{"type":"object"}}'
const quoted = DESCRIPTION.replaceAll('"', '\\"')

const KERNEL = `
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u8" (func $store (param i64 i32)))
  (import "extism:host/env" "output_set" (func $output (param i64 i64)))`
const BODY = `
  (data (i32.const 0) "${quoted}")
  (func $out (param $length i32) (result i32)
    (local $block i64) (local $i i32)
    (local.set $block (call $alloc (i64.extend_i32_u (local.get $length))))
    (loop $next
      (call $store (i64.add (local.get $block) (i64.extend_i32_u (local.get $i))) (i32.load8_u (local.get $i)))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $length))))
    (call $output (local.get $block) (i64.extend_i32_u (local.get $length)))
    (i32.const 0))
  (func (export "describe") (result i32) (call $out (i32.const ${DESCRIPTION.length})))`

/** A plugin that describes itself well; `call` is the body of `handle_tool_call`. */
export const plugin = (
  call: string,
  parts: { readonly imports?: string; readonly memory?: string; readonly more?: string } = {}
): Uint8Array =>
  wat(`(module ${KERNEL} ${parts.imports ?? ""}
    ${parts.memory ?? '(memory (export "memory") 1)'} ${BODY} ${parts.more ?? ""}
    (func (export "handle_tool_call") (result i32) ${call} (i32.const 0)))`)

export const wellBehaved: Uint8Array = plugin(`(drop (call $out (i32.const ${DESCRIPTION.length})))`)

const leb = (value: number): ReadonlyArray<number> =>
  value < 128 ? [value] : [(value % 128) | 128, ...leb(Math.floor(value / 128))]
const section = (id: number, content: ReadonlyArray<number>) => [id, ...leb(content.length), ...content]
const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
const module = (...sections: ReadonlyArray<ReadonlyArray<number>>): Uint8Array =>
  Uint8Array.from([...header, ...sections.flat()])
const name = (text: string) => [...leb(text.length), ...Buffer.from(text)]

/** `handle_tool_call` and `describe` are function 0, with this code (size excluded). */
const handMade = (types: ReadonlyArray<number>, type: number, code: ReadonlyArray<number>): Uint8Array =>
  module(
    section(1, types),
    section(3, [1, type]),
    section(7, [2, ...name("describe"), 0, 0, ...name("handle_tool_call"), 0, 0]),
    section(10, [1, ...leb(code.length), ...code])
  )
const NULLARY = [0x60, 0, 1, 0x7f]

const repeat = (count: number, ...bytes: ReadonlyArray<number>) => Array.from({ length: count }, () => bytes).flat()

/** A list of arrays that only grows: WASM-GC memory, which no page limit counts. */
const gcBomb: Uint8Array = handMade([3, 0x5e, 0x7f, 1, 0x5f, 2, 0x63, 1, 0, 0x64, 0, 0, ...NULLARY], 2, [
  1,
  1,
  0x63,
  1,
  0x03,
  0x40,
  0x20,
  0,
  0x41,
  ...leb(1_000_000),
  0xfb,
  7,
  0,
  0xfb,
  0,
  1,
  0x21,
  0,
  0x0c,
  0,
  0x0b,
  0x41,
  0,
  0x0b
])
/** The same out of many small objects. */
const gcObjects: Uint8Array = handMade(
  [2, 0x5f, 1, 0x63, 0, 1, ...NULLARY],
  1,
  // one local of the type; for ever: a new object with the last one in it
  [1, 1, 0x63, 0, 0x03, 0x40, 0x20, 0, 0xfb, 0, 0, 0x21, 0, 0x0c, 0, 0x0b, 0x41, 0, 0x0b]
)
const millionFunctions: Uint8Array = module(
  section(1, [1, ...NULLARY]),
  section(3, [...leb(1_000_000), ...repeat(1_000_000, 0)]),
  section(7, [1, ...name("handle_tool_call"), 0, 0]),
  section(10, [...leb(1_000_000), ...repeat(1_000_000, 4, 0, 0x41, 0, 0x0b)])
)
const manyExports: Uint8Array = module(
  section(1, [1, ...NULLARY]),
  section(3, [1, 0]),
  section(7, [
    ...leb(300_001),
    ...name("handle_tool_call"),
    0,
    0,
    ...Array.from({ length: 300_000 }, (_, index) => [...name(`e${index}`), 0, 0]).flat()
  ]),
  section(10, [1, 4, 0, 0x41, 0, 0x0b])
)
const manyImports: Uint8Array = module(
  section(1, [1, ...NULLARY]),
  section(2, [
    ...leb(100_000),
    ...Array.from({ length: 100_000 }, (_, index) => [...name("extism:host/env"), ...name(`i${index}`), 0, 0]).flat()
  ])
)
/** 50,000 locals live over 5,000 loops: 15 kB that take the compiler gigabytes. */
const localsBomb: Uint8Array = handMade([1, ...NULLARY], 0, [
  1,
  ...leb(50_000),
  0x7f,
  ...repeat(5000, 0x03, 0x40, 0x0b),
  0x41,
  0,
  0x0b
])
const nestingBomb: Uint8Array = handMade([1, ...NULLARY], 0, [
  0,
  ...repeat(1_000_000, 0x02, 0x40),
  ...repeat(1_000_000, 0x0b),
  0x41,
  0,
  0x0b
])
/** Seven megabytes of fills, one after the other, without a loop: the engine looks nowhere in between. */
const hugeFunction: Uint8Array = module(
  section(1, [1, ...NULLARY]),
  section(3, [1, 0]),
  section(5, [1, 0, 1]),
  section(7, [1, ...name("handle_tool_call"), 0, 0]),
  section(10, [
    1,
    ...leb(1 + 600_000 * 12 + 3),
    0,
    // memory.fill(0, 0, 65536)
    ...repeat(600_000, 0x41, 0, 0x41, 0, 0x41, 0x80, 0x80, 0x04, 0xfc, 0x0b, 0, 0x01),
    0x41,
    0,
    0x0b
  ])
)
const memories = (bytes: ReadonlyArray<number>): Uint8Array => module(section(5, bytes))

export interface Refused {
  readonly what: string
  readonly bytes: Uint8Array
  /** What the refusal must say. */
  readonly says: RegExp
}

const imports = (line: string): Uint8Array => plugin("", { imports: line })

/** Refused before anything compiles them. */
export const refused: ReadonlyArray<Refused> = [
  {
    what: "a host function without its grant",
    bytes: imports('(import "extism:host/user" "kv_set" (func (param i64) (result i64)))'),
    says: /kv_set is not granted.*store:NAME/
  },
  {
    what: "a host function that does not exist",
    bytes: imports('(import "extism:host/user" "shell" (func (param i64) (result i64)))'),
    says: /shell does not exist/
  },
  {
    what: "a name off the prototype chain",
    bytes: imports('(import "__proto__" "toString" (func (param i64) (result i64)))'),
    says: /__proto__\/toString does not exist/
  },
  {
    what: "WASI under another signature",
    bytes: imports('(import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32) (result i32)))'),
    says: /fd_write is \(i32, i32, i32\) -> i32; allowed: \(i32, i32, i32, i32\) -> i32/
  },
  {
    what: "the WASI of another time",
    bytes: imports('(import "wasi_unstable" "fd_write" (func (param i32 i32 i32 i32) (result i32)))'),
    says: /wasi_unstable\/fd_write does not exist/
  },
  {
    what: "HTTP of the kernel without its grant",
    bytes: imports('(import "extism:host/env" "http_request" (func (param i64 i64) (result i64)))'),
    says: /http_request is not granted: it needs "http:HOST\[:PORT\]\[\/path\]"/
  },
  {
    what: "a host function under another signature",
    bytes: imports('(import "extism:host/user" "log" (func (param i32) (result i64)))'),
    says: /log is \(i32\) -> i64; allowed: \(i64\) -> i64/
  },
  {
    what: "an imported memory",
    bytes: plugin("", { memory: '(import "extism:host/env" "memory" (memory 1))' }),
    says: /is no function/
  },
  { what: "a start function", bytes: plugin("", { more: "(func $go) (start $go)" }), says: /start section/ },
  {
    what: "a function of the kernel that does not exist",
    bytes: imports('(import "extism:host/env" "exec" (func (param i64) (result i64)))'),
    says: /extism:host\/env\/exec does not exist/
  },
  {
    what: "the shim under its own name",
    bytes: imports('(import "exoclaw:http" "http_request" (func (param i64 i64) (result i64)))'),
    says: /exoclaw:http\/http_request does not exist/
  },
  {
    what: "an imported global",
    bytes: imports('(import "extism:host/env" "global" (global i32))'),
    says: /is no function/
  },
  {
    what: "another module's function",
    bytes: imports('(import "main" "describe" (func (result i32)))'),
    says: /main\/describe does not exist; allowed: functions of extism:host\/env/
  },
  { what: "WASM-GC types", bytes: gcBomb, says: /type section.*no function/ },
  { what: "WASM-GC objects", bytes: gcObjects, says: /type section.*no function/ },
  { what: "a million functions", bytes: millionFunctions, says: /1000000 functions/ },
  { what: "300,000 exports", bytes: manyExports, says: /300001 exports/ },
  { what: "100,000 imports", bytes: manyImports, says: /100000 imports/ },
  { what: "two gigabytes of memory", bytes: plugin("", { memory: "(memory 32768)" }), says: /32768 pages/ },
  { what: "a 64-bit memory", bytes: memories([1, 4, 1]), says: /64-bit memory/ },
  { what: "a shared memory", bytes: memories([1, 3, 1, 2]), says: /shared/ },
  { what: "500 memories", bytes: memories([...leb(500), ...repeat(500, 0, 1)]), says: /500 memories/ },
  {
    what: "a table of ten million entries",
    bytes: plugin("", { more: "(table 10000000 funcref)" }),
    says: /10000000 table entries/
  },
  { what: "50,000 locals", bytes: localsBomb, says: /locals/ },
  { what: "one huge function", bytes: nestingBomb, says: /bytes in one function/ },
  {
    what: "too many functions",
    bytes: module(section(1, [1, ...NULLARY]), section(3, [...leb(20_001), ...repeat(20_001, 0)])),
    says: /20001 functions/
  },
  {
    what: "too many imports",
    bytes: imports('(import "extism:host/env" "free" (func (param i64)))'.repeat(200)),
    says: /203 imports/
  },
  {
    what: "too many exports",
    bytes: plugin("", {
      more: Array.from({ length: 200 }, (_, index) => `(func (export "f${index}"))`).join("")
    }),
    says: /exports/
  },
  { what: "an exception tag", bytes: plugin("", { more: "(tag)" }), says: /section 13/ },
  { what: "a truncated file", bytes: wellBehaved.slice(0, -7), says: /longer than what contains it/ },
  { what: "nothing", bytes: new Uint8Array(), says: /ends in the middle/ },
  { what: "a component", bytes: Uint8Array.from([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]), says: /components are not/ },
  { what: "a text", bytes: new TextEncoder().encode("#!/bin/sh\necho hello\n"), says: /core WebAssembly modules/ },
  { what: "no describe", bytes: module(section(1, [1, ...NULLARY])), says: /exports no function "describe"/ },
  {
    what: "a section twice",
    bytes: module(section(1, [1, ...NULLARY]), section(1, [1, ...NULLARY])),
    says: /twice or out of order/
  }
]

export interface Running {
  readonly what: string
  readonly bytes: Uint8Array
  /** How the call may end; most have one way. */
  readonly ends: ReadonlyArray<"trap" | "deadline" | "memory" | "quota" | "crashed" | "bad_output" | "denied">
}

const PAGES = '(memory (export "memory") 256)'
const variables = `
  (import "extism:host/env" "var_set" (func $var_set (param i64 i64)))
  (import "extism:host/env" "var_get" (func $var_get (param i64) (result i64)))`
const log = '(import "extism:host/user" "log" (func $log (param i64) (result i64)))'

/** Admitted, since only running shows what they are. */
export const running: ReadonlyArray<Running> = [
  { what: "an endless loop", bytes: plugin("(loop (br 0))"), ends: ["deadline"] },
  {
    what: "a loop of bulk memory fills",
    bytes: plugin("(loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 16000000)) (br 0))", { memory: PAGES }),
    ends: ["deadline"]
  },
  {
    what: "bulk memory fills in a straight line",
    bytes: plugin("(memory.fill (i32.const 0) (i32.const 1) (i32.const 16000000))".repeat(20_000), { memory: PAGES }),
    // it does end by itself, after seconds: on a fast machine before the deadline, without an answer
    ends: ["deadline", "bad_output"]
  },
  {
    what: "a loop of tail calls",
    bytes: plugin("(drop (call $spin))", { more: "(func $spin (result i32) (return_call $spin))" }),
    ends: ["deadline"]
  },
  {
    what: "memory that grows for ever",
    bytes: plugin("(loop (drop (memory.grow (i32.const 16))) (br 0))"),
    ends: ["deadline"]
  },
  {
    what: "memory that grows and is filled until there is no more",
    bytes: plugin(
      `(loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
       (memory.fill (i32.const 0) (i32.const 1) (i32.shl (memory.size) (i32.const 16))) (unreachable)`
    ),
    ends: ["trap"]
  },
  {
    what: "a table that grows",
    bytes: plugin(
      `(loop $more (br_if $more (i32.ne (table.grow $t (ref.null func) (i32.const 5000)) (i32.const -1)))) (unreachable)`,
      { more: "(table $t 1 funcref)" }
    ),
    ends: ["trap"]
  },
  {
    what: "an output of 500 MB",
    bytes: plugin("(call $output (call $alloc (i64.const 500000000)) (i64.const 500000000))"),
    ends: ["quota"]
  },
  {
    what: "an output of 2 MB",
    bytes: plugin("(call $output (call $alloc (i64.const 2000000)) (i64.const 2000000))"),
    ends: ["quota"]
  },
  { what: "an allocation of 2^63 bytes", bytes: plugin("(drop (call $alloc (i64.const -1)))"), ends: ["quota"] },
  {
    what: "endless empty allocations",
    bytes: plugin("(loop (drop (call $alloc (i64.const 0))) (br 0))"),
    ends: ["quota"]
  },
  {
    what: "writing beside a block",
    bytes: plugin("(call $store (i64.add (call $alloc (i64.const 8)) (i64.const 800)) (i32.const 1))"),
    ends: ["trap"]
  },
  {
    what: "an error of 7 MB",
    bytes: plugin("(call $error (call $alloc (i64.const 7000000)))", {
      imports: '(import "extism:host/env" "error_set" (func $error (param i64)))'
    }),
    ends: ["trap"]
  },
  {
    what: "a flood of log lines",
    bytes: plugin("(loop (drop (call $log (call $alloc (i64.const 1)))) (br 0))", { imports: log }),
    ends: ["quota"]
  },
  {
    what: "a flood of the kernel's own log lines",
    bytes: plugin("(loop (call $log (call $alloc (i64.const 1))) (br 0))", {
      imports: '(import "extism:host/env" "log_error" (func $log (param i64)))'
    }),
    ends: ["quota"]
  },
  {
    what: "one log line of 4 MB",
    bytes: plugin("(drop (call $log (call $alloc (i64.const 4000000))))", { imports: log }),
    ends: ["quota"]
  },
  {
    what: "variables without end",
    bytes: plugin(
      `(loop (i32.store8 (i32.const 0) (i32.add (i32.load8_u (i32.const 0)) (i32.const 1)))
         (call $var_set (call $alloc (i64.const 4)) (call $alloc (i64.const 9000))) (br 0))`,
      { imports: variables }
    ),
    ends: ["quota"]
  },
  {
    what: "one variable that is too big",
    bytes: plugin("(call $var_set (call $alloc (i64.const 1)) (call $alloc (i64.const 1100000)))", {
      imports: variables
    }),
    ends: ["quota"]
  },
  {
    what: "reading a variable without end",
    bytes: plugin(
      `(local $key i64) (local.set $key (call $alloc (i64.const 1)))
       (call $var_set (local.get $key) (call $alloc (i64.const 100000)))
       (loop (drop (call $var_get (local.get $key))) (br 0))`,
      { imports: variables }
    ),
    ends: ["quota"]
  },
  {
    what: "an output that is no block",
    bytes: plugin("(call $output (i64.const -1) (i64.const 1))"),
    ends: ["trap"]
  },
  {
    what: "an output longer than its block",
    bytes: plugin("(call $output (call $alloc (i64.const 8)) (i64.const 800))"),
    ends: ["trap"]
  },
  {
    what: "an output that was given back",
    bytes: plugin(
      `(local $block i64) (local.set $block (call $alloc (i64.const 8)))
       (call $output (local.get $block) (i64.const 8)) (call $free (local.get $block))`,
      { imports: '(import "extism:host/env" "free" (func $free (param i64)))' }
    ),
    ends: ["bad_output", "trap"]
  },
  {
    what: "a program that ends itself",
    bytes: plugin("(call $exit (i32.const 0))", {
      imports: '(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))'
    }),
    ends: ["trap"]
  },
  {
    what: "endless writing to a standard output that is none",
    bytes: plugin("(loop (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 0))) (br 0))", {
      imports: '(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))'
    }),
    ends: ["deadline"]
  },
  {
    what: "waiting for an event that never comes",
    bytes: plugin("(if (call $poll (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0)) (then (unreachable)))", {
      imports: '(import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))'
    }),
    ends: ["trap"]
  },
  {
    what: "an error of 500 MB",
    bytes: plugin("(call $error (call $alloc (i64.const 500000000)))", {
      imports: '(import "extism:host/env" "error_set" (func $error (param i64)))'
    }),
    ends: ["quota"]
  },
  {
    what: "endless recursion",
    bytes: plugin("(call $deep)", { more: "(func $deep (call $deep) (call $deep))" }),
    ends: ["trap"]
  },
  { what: "a trap", bytes: plugin("(unreachable)"), ends: ["trap"] },
  { what: "no output", bytes: plugin("(nop)"), ends: ["bad_output"] },
  {
    what: "an output that is not UTF-8",
    bytes: plugin("(i32.store8 (i32.const 0) (i32.const 255)) (drop (call $out (i32.const 4)))"),
    ends: ["bad_output"]
  }
]

/** What admission refuses, as a slot meets it should admission ever be wrong. */
export const unadmitted: ReadonlyArray<Running> = [
  { what: "WASM-GC lists", bytes: gcBomb, ends: ["crashed", "memory", "trap"] },
  { what: "WASM-GC objects", bytes: gcObjects, ends: ["crashed", "memory", "trap"] },
  { what: "a million functions", bytes: millionFunctions, ends: ["trap", "memory", "deadline"] },
  { what: "300,000 exports", bytes: manyExports, ends: ["bad_output", "trap", "memory", "deadline"] },
  { what: "100,000 imports", bytes: manyImports, ends: ["trap", "memory", "deadline"] },
  {
    what: "HTTP of the engine itself",
    bytes: plugin("(drop (call $http (call $alloc (i64.const 2)) (i64.const 0)))", {
      imports: '(import "extism:host/env" "http_request" (func $http (param i64 i64) (result i64)))'
    }),
    ends: ["bad_output"]
  },
  {
    what: "HTTP of ours without the grant",
    bytes: plugin("(drop (call $http (call $alloc (i64.const 2)) (i64.const 0)))", {
      imports: '(import "exoclaw:http" "http_request" (func $http (param i64 i64) (result i64)))'
    }),
    ends: ["denied"]
  },
  {
    what: "an endless loop in _initialize",
    bytes: plugin("", { more: '(func (export "_initialize") (loop (br 0)))' }),
    ends: ["deadline"]
  },
  { what: "50,000 locals", bytes: localsBomb, ends: ["memory", "deadline", "trap"] },
  { what: "a million nested blocks", bytes: nestingBomb, ends: ["memory", "deadline", "trap"] },
  {
    what: "a loop in a start function",
    bytes: plugin("", { more: "(func $go (loop (br 0))) (start $go)" }),
    ends: ["deadline"]
  },
  { what: "a table of ten million entries", bytes: plugin("", { more: "(table 10000000 funcref)" }), ends: ["trap"] },
  { what: "two gigabytes of memory", bytes: plugin("", { memory: "(memory 32768)" }), ends: ["trap"] },
  {
    what: "memory that grows for ever",
    bytes: plugin("(loop (drop (memory.grow (i32.const 16))) (br 0))"),
    ends: ["deadline"]
  },
  {
    what: "WASI",
    bytes: imports('(import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))'),
    ends: ["trap"]
  },
  {
    what: "a host function it was not given",
    bytes: imports('(import "extism:host/user" "shell" (func (param i64) (result i64)))'),
    ends: ["trap"]
  },
  {
    what: "a wait that never ends",
    bytes: plugin("(drop (memory.atomic.wait32 (i32.const 0) (i32.const 0x22656d7b) (i64.const -1))) (loop (br 0))", {
      memory: "(memory 1 1 shared)"
    }),
    ends: ["deadline"]
  },
  { what: "8 GB of 64-bit memory", bytes: plugin("", { memory: "(memory i64 131072)" }), ends: ["trap"] },
  {
    what: "500 memories",
    bytes: memories([...leb(500), ...repeat(500, 0, 1)]),
    ends: ["trap"]
  },
  { what: "a function of 7 MB", bytes: hugeFunction, ends: ["deadline", "trap", "memory"] },
  { what: "a truncated file", bytes: wellBehaved.slice(0, -7), ends: ["trap"] },
  { what: "nothing", bytes: new Uint8Array(), ends: ["trap"] }
]
