/**
 * A file that is there while messages were taken that Redis has never seen. A process that is killed meanwhile leaves it
 * behind, and the next one begins a new generation: nobody is told that nothing was missed.
 */
import { rmSync, statSync, writeFileSync } from "node:fs"

export interface Outage {
  readonly isOpen: () => boolean
  /** False where the file could not be written. */
  readonly begin: () => boolean
  readonly end: () => void
}

/** Without a path it is remembered by this process only. */
export const make = (path: string | undefined): Outage => {
  let open = path !== undefined && statSync(path, { throwIfNoEntry: false }) !== undefined
  return {
    isOpen: () => open,
    begin: () => {
      if (open) return true
      open = true
      try {
        if (path !== undefined) writeFileSync(path, "", { mode: 0o600, flush: true })
        return true
      } catch {
        return false
      }
    },
    end: () => {
      open = false
      // a file that stays costs one new epoch
      if (path !== undefined) rmSync(path, { force: true })
    }
  }
}
