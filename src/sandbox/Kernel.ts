/** The functions of Extism's kernel that a plugin may import, with their signatures. HTTP is not among them. */
import type { Importable } from "./ModuleParser.ts"
import type { Signature, ValueType } from "./HostFunction.ts"

const type = (params: ReadonlyArray<ValueType>, ...results: ReadonlyArray<ValueType>): Signature => ({
  params,
  results
})

const KERNEL: Readonly<Record<string, Signature>> = {
  alloc: type(["i64"], "i64"),
  free: type(["i64"]),
  length: type(["i64"], "i64"),
  length_unsafe: type(["i64"], "i64"),
  load_u8: type(["i64"], "i32"),
  load_u64: type(["i64"], "i64"),
  store_u8: type(["i64", "i32"]),
  store_u64: type(["i64", "i64"]),
  input_offset: type([], "i64"),
  input_length: type([], "i64"),
  input_load_u8: type(["i64"], "i32"),
  input_load_u64: type(["i64"], "i64"),
  output_set: type(["i64", "i64"]),
  error_set: type(["i64"]),
  error_get: type([], "i64"),
  config_get: type(["i64"], "i64"),
  var_get: type(["i64"], "i64"),
  var_set: type(["i64", "i64"]),
  log_trace: type(["i64"]),
  log_debug: type(["i64"]),
  log_info: type(["i64"]),
  log_warn: type(["i64"]),
  log_error: type(["i64"]),
  get_log_level: type([], "i32")
}

/** Every plugin may import these. */
export const kernel: ReadonlyArray<Importable> = Object.entries(KERNEL).map(([name, signature]) => ({
  ...signature,
  namespace: "extism:host/env",
  name,
  granted: true
}))
