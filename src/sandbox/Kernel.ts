/** The functions of Extism's kernel that a plugin may import, with their signatures: every stock PDK uses these. */
import { forms } from "./Capability.ts"
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

/** They need an `http:` grant, and a host that serves `http_request`. */
const HTTP: Readonly<Record<string, Signature>> = {
  http_request: type(["i64", "i64"], "i64"),
  http_status_code: type([], "i32"),
  http_headers: type([], "i64")
}

/** Where the kernel's functions live. */
export const KERNEL_NAMESPACE = "extism:host/env"
/** What admission writes in its place for HTTP: some engines put their own client there, over anything we provide. */
export const HTTP_NAMESPACE = "exoclaw:http"

/** What a plugin with or without an `http:` grant may import of the kernel. */
export const kernel = (http: boolean): ReadonlyArray<Importable> => [
  ...Object.entries(KERNEL).map(([name, signature]) => ({
    ...signature,
    namespace: KERNEL_NAMESPACE,
    name,
    granted: true
  })),
  ...Object.entries(HTTP).map(([name, signature]) => ({
    ...signature,
    namespace: KERNEL_NAMESPACE,
    linkedAs: HTTP_NAMESPACE,
    name,
    granted: http,
    needs: forms.http
  }))
]
