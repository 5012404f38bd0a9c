/** Pieces of text modules for tests: blocks of the kernel's memory, and what a call puts out. */
import { plugin } from "../hostile/modules.ts"

/** `$block` copies guest memory into a new block, `$text` puts such a block out. */
export const helpers = `
  (func $block (param $from i32) (param $length i32) (result i64) (local $block i64) (local $i i32)
    (local.set $block (call $alloc (i64.extend_i32_u (local.get $length))))
    (loop $next (if (i32.lt_u (local.get $i) (local.get $length)) (then
      (call $store (i64.add (local.get $block) (i64.extend_i32_u (local.get $i)))
        (i32.load8_u (i32.add (local.get $from) (local.get $i))))
      (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $next))))
    (local.get $block))
  (func $text (param $from i32) (param $length i32)
    (call $output (call $block (local.get $from) (local.get $length)) (i64.extend_i32_u (local.get $length))))`

/** Puts the number out as one character, counted from `0`. */
export const show = (number: string): string =>
  `(i32.store8 (i32.const 200) (i32.add (i32.const 48) ${number})) (call $text (i32.const 200) (i32.const 1))`

/** Where `data` lies in the guest's memory. */
const AT = 1000
export const data = (text: string): string =>
  `(data (i32.const ${AT}) "${Array.from(Buffer.from(text), (byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("")}")`
/** A block with the text of `data`. */
export const block = (text: string): string => `(call $block (i32.const ${AT}) (i32.const ${Buffer.byteLength(text)}))`

const HTTP = `
  (import "extism:host/env" "http_request" (func $http (param i64 i64) (result i64)))
  (import "extism:host/env" "http_status_code" (func $status (result i32)))
  (import "extism:host/env" "http_headers" (func $headers (result i64)))
  (import "extism:host/env" "length" (func $length (param i64) (result i64)))`

/** A plugin that sends one request; what it puts out is the block that `put` gives, by default the answer's body. */
export const requesting = (request: unknown, put = "(local.get $answer)", body = "(i64.const 0)"): Uint8Array => {
  const text = JSON.stringify(request)
  return plugin(
    `(local $answer i64) (local.set $answer (call $http ${block(text)} ${body}))
     (local.set $answer ${put}) (call $output (local.get $answer) (call $length (local.get $answer)))`,
    { imports: HTTP, more: `${helpers} ${data(text)}` }
  )
}
