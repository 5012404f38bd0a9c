/**
 * One folder for all that a run puts into the system's temporary folder. It goes with the run; what a run that was
 * killed left goes with the next one. Its name is short: the path of a Unix socket below it has little room.
 */
import { createHash } from "node:crypto"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { hostname, tmpdir } from "node:os"
import { basename, join } from "node:path"
import { isAlive } from "../../layers/platform/ProcessLiveness.ts"

/** A process id means nothing in another container, which may share the folder. */
const prefix = `exoclaw-${createHash("sha256").update(hostname()).digest("hex").slice(0, 4)}-`

const remove = (folder: string): void => {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {
    // a process of the run still writes: the next run removes it
  }
}

/** Whose folder this is, where it is one of ours. */
const ownerOf = (name: string): number | undefined => {
  const pid = Number(name.slice(prefix.length).split("-")[0])
  return name.startsWith(prefix) && Number.isInteger(pid) && pid > 0 ? pid : undefined
}

/** Makes the folder of this process and of those that it starts, unless a process above it made one. */
export const openScratch = (): void => {
  const parent = tmpdir()
  if (ownerOf(basename(parent)) !== undefined) return
  for (const name of readdirSync(parent)) {
    const pid = ownerOf(name)
    if (pid !== undefined && !isAlive(pid, "")) remove(join(parent, name))
  }
  const folder = mkdtempSync(join(parent, `${prefix}${process.pid}-`))
  for (const name of ["TMPDIR", "TMP", "TEMP"]) process.env[name] = folder
  process.once("exit", () => remove(folder))
}
