/**
 * WASI preview 1 as plugins meet it: nothing is there. Compilers that know no other target link these functions even
 * where a plugin does not use them, so a module may import them, and every call of one is answered with an error.
 * `clock_time_get` and `random_get` work under the grants `clock` and `random`; arguments and environment are empty,
 * because start-up code of several compilers gives up where their sizes are an error; `proc_exit` ends the call.
 */
import type { Signature, ValueType } from "./HostFunction.ts"
import type { Importable } from "./ModuleParser.ts"

/** What the module says. */
export const WASI_NAMESPACE = "wasi_snapshot_preview1"
/** What admission writes in its place, so that no engine's own WASI can ever answer. */
export const SHIM_NAMESPACE = "exoclaw:wasi"

/** No such descriptor. A start-up that looks for preopened folders ends its search with this, and with nothing else. */
const BADF = 8
/** There is no such function. */
const NOSYS = 52
/** The capability is not granted. */
const NOTCAPABLE = 76

/** Parameters, `i` for i32 and `I` for i64; every function but `proc_exit` gives an i32. */
const PARAMETERS: Readonly<Record<string, string>> = {
  args_get: "ii",
  args_sizes_get: "ii",
  environ_get: "ii",
  environ_sizes_get: "ii",
  clock_res_get: "ii",
  clock_time_get: "iIi",
  fd_advise: "iIIi",
  fd_allocate: "iII",
  fd_close: "i",
  fd_datasync: "i",
  fd_fdstat_get: "ii",
  fd_fdstat_set_flags: "ii",
  fd_fdstat_set_rights: "iII",
  fd_filestat_get: "ii",
  fd_filestat_set_size: "iI",
  fd_filestat_set_times: "iIIi",
  fd_pread: "iiiIi",
  fd_prestat_get: "ii",
  fd_prestat_dir_name: "iii",
  fd_pwrite: "iiiIi",
  fd_read: "iiii",
  fd_readdir: "iiiIi",
  fd_renumber: "ii",
  fd_seek: "iIii",
  fd_sync: "i",
  fd_tell: "ii",
  fd_write: "iiii",
  path_create_directory: "iii",
  path_filestat_get: "iiiii",
  path_filestat_set_times: "iiiiIIi",
  path_link: "iiiiiii",
  path_open: "iiiiiIIii",
  path_readlink: "iiiiii",
  path_remove_directory: "iii",
  path_rename: "iiiiii",
  path_symlink: "iiiii",
  path_unlink_file: "iii",
  poll_oneoff: "iiii",
  proc_exit: "i",
  proc_raise: "i",
  random_get: "ii",
  sched_yield: "",
  sock_accept: "iii",
  sock_recv: "iiiiii",
  sock_send: "iiiii",
  sock_shutdown: "ii"
}

const signature = (name: string, parameters: string): Signature => ({
  params: Array.from(parameters, (letter): ValueType => (letter === "I" ? "i64" : "i32")),
  results: name === "proc_exit" ? [] : ["i32"]
})

/** Every plugin may import these: importing is not being able to. */
export const wasi: ReadonlyArray<Importable> = Object.entries(PARAMETERS).map(([name, parameters]) => ({
  ...signature(name, parameters),
  namespace: WASI_NAMESPACE,
  linkedAs: SHIM_NAMESPACE,
  name,
  granted: true
}))

/** The number with which a function that does nothing answers. */
export const errno = (name: string): number =>
  /^(?:fd|path|sock)_/.test(name) ? BADF : /^(?:clock|random)_/.test(name) ? NOTCAPABLE : NOSYS
