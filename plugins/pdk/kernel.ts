// Extism's kernel: how bytes pass between a plugin and its host. Strings are UTF-8 outside and UTF-16 in here.

@external("extism:host/env", "input_length") declare function inputLength(): u64;
@external("extism:host/env", "input_load_u8") declare function inputLoadU8(offset: u64): u8;
@external("extism:host/env", "input_load_u64") declare function inputLoadU64(offset: u64): u64;
@external("extism:host/env", "length") declare function blockLength(block: u64): u64;
@external("extism:host/env", "alloc") declare function alloc(length: u64): u64;
@external("extism:host/env", "free") declare function free(block: u64): void;
@external("extism:host/env", "load_u8") declare function loadU8(offset: u64): u8;
@external("extism:host/env", "load_u64") declare function loadU64(offset: u64): u64;
@external("extism:host/env", "store_u8") declare function storeU8(offset: u64, value: u8): void;
@external("extism:host/env", "store_u64") declare function storeU64(offset: u64, value: u64): void;
@external("extism:host/env", "output_set") declare function outputSet(block: u64, length: u64): void;
@external("extism:host/env", "error_set") declare function errorSet(block: u64): void;
@external("extism:host/env", "config_get") declare function configGet(key: u64): u64;

/** The call's input. */
export function input(): string {
  const length = <i32>inputLength();
  const buffer = new ArrayBuffer(length);
  const at = changetype<usize>(buffer);
  let i = 0;
  for (; i + 8 <= length; i += 8) store<u64>(at + i, inputLoadU64(i));
  for (; i < length; i++) store<u8>(at + i, inputLoadU8(i));
  return String.UTF8.decodeUnsafe(at, length);
}

/** Copies a text into a new block of the host's memory. Its length is that of the UTF-8, not of the string. */
export function give(text: string): u64 {
  const buffer = String.UTF8.encode(text, false, String.UTF8.ErrorMode.REPLACE);
  const length = buffer.byteLength;
  const at = changetype<usize>(buffer);
  const block = alloc(length);
  let i = 0;
  for (; i + 8 <= length; i += 8) storeU64(block + i, load<u64>(at + i));
  for (; i < length; i++) storeU8(block + i, load<u8>(at + i));
  return block;
}

/** The bytes in a block of the host's memory, which is freed. There are none in block 0. */
export function takeBytes(block: u64): Uint8Array {
  const length = block == 0 ? 0 : <i32>blockLength(block);
  const bytes = new Uint8Array(length);
  const at = bytes.dataStart;
  let i = 0;
  for (; i + 8 <= length; i += 8) store<u64>(at + i, loadU64(block + i));
  for (; i < length; i++) store<u8>(at + i, loadU8(block + i));
  if (block != 0) free(block);
  return bytes;
}

/** The text in a block of the host's memory, which is freed. */
export function take(block: u64): string {
  const bytes = takeBytes(block);
  return String.UTF8.decodeUnsafe(bytes.dataStart, bytes.length);
}

/** A value that the operator configured for the plugin, under `config`; null where there is none. */
export function config(key: string): string | null {
  const block = configGet(give(key));
  return block == 0 ? null : take(block);
}

/** The call's output. */
export function output(text: string): void {
  const block = give(text);
  outputSet(block, blockLength(block));
}

/** Ends the call as failed. */
export function fail(message: string): void {
  errorSet(give(message));
}

/** What the compiler calls where a program must not go on (`--use abort=...`). */
export function onAbort(message: string | null, file: string | null, line: u32, column: u32): void {
  fail("aborted: " + (message ? message : "no reason") + " (" + (file ? file : "?") + ":" + line.toString() + ")");
  unreachable();
}
