/** Whether a process still runs, told apart from a later one with the same number. */
import * as fs from "node:fs"
import { codeOf } from "./ErrorCode.ts"

const read = (path: string): string | undefined => {
  // Not there on other systems, or no longer there: both mean the same to the caller.
  try {
    return fs.readFileSync(path, "utf8")
  } catch {
    return undefined
  }
}

/** Counts of ticks begin anew with every boot, so the boot is part of the word. */
const boot = (): string => (read("/proc/sys/kernel/random/boot_id") ?? "").trim().slice(0, 8)

/**
 * When process `pid` started, as an opaque word. On Linux undefined where it does not run; elsewhere always the empty
 * word, because nothing tells it.
 */
export const startTicks = (pid: number): string | undefined => {
  if (process.platform !== "linux") return ""
  const stat = read(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  // The name, in parentheses, may hold anything; what follows the last one is separated by blanks.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  // A zombie has ended; only its parent has not looked yet.
  return fields[0] === "Z" || fields[0] === "X" ? undefined : `${fields[19]}@${boot()}`
}

const signalled = (pid: number): boolean => {
  // Signal 0 only asks. EPERM means that it runs and belongs to somebody else.
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === "EPERM"
  }
}

/** True where the process that had number `pid` and start `ticks` still runs. */
export const isAlive = (pid: number, ticks: string): boolean =>
  ticks === "" || process.platform !== "linux" ? signalled(pid) : startTicks(pid) === ticks
