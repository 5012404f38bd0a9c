/** A full disk is the one trouble of the store that a peer can do something about, or knows who can: so it is told. */
import { StoreError } from "./Store.ts"

/** What every door says of it, as the end of a sentence. Where the disk is, the operator's log alone says. */
export const FULL_DISK = "the disk that holds the gateway's state is full. Free some space there; it needs no restart."

/** How many errors stand around one another at most. */
const LAYERS = 8

const inside = (error: unknown, name: string): unknown =>
  typeof error === "object" && error !== null && name in error ? Reflect.get(error, name) : undefined

/** Whether a full disk is behind the error, however many rooms it came through. */
export const isFullDisk = (error: unknown): boolean => {
  let cause = error
  for (let layer = 0; layer < LAYERS && cause !== undefined; layer++) {
    if (cause instanceof StoreError) return cause.kind === "full"
    cause = inside(cause, "reason") ?? inside(cause, "cause")
  }
  return false
}
