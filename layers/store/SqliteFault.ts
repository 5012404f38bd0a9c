/** SQLite's own errors, told apart from a command's, as `StoreError`s that say what to do next. */
import { StoreError } from "./Store.ts"

type Kind = StoreError["kind"]

/** Primary result codes (https://sqlite.org/rescode.html) that concern the whole store, never one command. */
const kinds: ReadonlyMap<number, Kind> = new Map<number, Kind>([
  [5, "locked"],
  [6, "locked"],
  [7, "failed"],
  [8, "readonly"],
  [9, "failed"],
  [10, "failed"],
  [11, "corrupt"],
  [13, "full"],
  [14, "readonly"],
  [26, "corrupt"]
])

const advice: Readonly<Record<Kind, (path: string) => string>> = {
  locked: (path) =>
    `The database ${path} stayed locked by another process. Stop the other process, or wait until it has finished.`,
  corrupt: (path) =>
    `The database ${path} is damaged or is not a database. Stop every gateway that uses it, keep a copy of the file, and restore a backup.`,
  full: (path) => `The disk that holds ${path} is full. Free some space; nothing that was confirmed is lost.`,
  readonly: (path) =>
    `The database ${path} cannot be opened for writing. Give this user the right to write the file and its folder, or set EXOCLAW_STATE to another folder.`,
  moved: (path) =>
    `The database ${path} was moved, replaced or deleted while it was in use, so what is written to it would be lost. Stop the gateway, put the file back with the files beside it, and start again.`,
  newer_schema: (path) =>
    `The database ${path} was written by a newer exoclaw. Install that version or a later one, or restore a backup made by this one.`,
  closed: (path) => `The database ${path} is closed: the gateway is stopping.`,
  failed: (path) => `The database ${path} could not be used. See the cause in the gateway's log.`
}

/** A store's error of the given kind. */
export const storeError = (kind: Kind, path: string, cause?: unknown): StoreError =>
  new StoreError({ kind, message: advice[kind](path), ...(cause === undefined ? {} : { cause }) })

const property = (cause: unknown, name: string): unknown =>
  typeof cause === "object" && cause !== null ? Reflect.get(cause, name) : undefined

/** SQLite's extended result code, where `cause` is an error of SQLite. */
export const resultCode = (cause: unknown): number | undefined => {
  const code = property(cause, "errcode")
  return typeof code === "number" ? code : undefined
}

const codeOf = (cause: unknown): number | undefined => {
  const code = resultCode(cause)
  return code === undefined ? undefined : code & 0xff
}

/** True where another connection holds the lock and a retry may succeed. */
export const isBusy = (cause: unknown): boolean => {
  const code = codeOf(cause)
  return code === 5 || code === 6
}

/** The store's error behind what was thrown, or none where the fault is the command's own. */
export const storeFault = (cause: unknown, path: string): StoreError | undefined => {
  const code = codeOf(cause)
  const kind = code === undefined ? undefined : kinds.get(code)
  return kind === undefined ? undefined : storeError(kind, path, cause)
}

const unwritable = new Set(["EACCES", "EPERM", "EROFS", "EEXIST", "ENOTDIR", "EISDIR", "ENOENT", "ELOOP"])

/** Whatever went wrong while a file was opened: never the command's fault. */
export const openFault = (cause: unknown, path: string): StoreError => {
  if (cause instanceof StoreError) return cause
  const code = property(cause, "code")
  if (code === "ENOSPC" || code === "EDQUOT") return storeError("full", path, cause)
  if (typeof code === "string" && unwritable.has(code)) return storeError("readonly", path, cause)
  return storeFault(cause, path) ?? storeError("failed", path, cause)
}
