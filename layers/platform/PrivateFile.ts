/** Files and folders that are their owner's alone. A file is whole or not there, also after a loss of power. */
import { randomBytes } from "node:crypto"
import { constants, mkdirSync, statSync } from "node:fs"
import * as fs from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { codeOf } from "./ErrorCode.ts"

/** What everybody may have of a folder that is nobody's secret; the process's mask takes away from it. */
export const shared = 0o777

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

/**
 * Makes the folder and those above it; one that is there belongs to somebody and stays as it is. Throws the file
 * system's errors. Node's own recursive `mkdir` never ends where a folder that is there says ENOENT, as `/proc` does.
 */
export const makeFolder = (path: string, mode = 0o700): void => {
  try {
    mkdirSync(path, { mode })
  } catch (cause) {
    if (isFolder(path)) return
    const above = dirname(path)
    if (codeOf(cause) !== "ENOENT" || above === path || isFolder(above)) throw cause
    makeFolder(above, mode)
    makeFolder(path, mode)
  }
}

/** Makes the folder (mode 0700), or takes others' rights to it away. */
export const privateFolder = async (path: string): Promise<void> => {
  makeFolder(path)
  await fs.chmod(path, 0o700)
}

const draftOf = (path: string): string => `${path}.draft_${randomBytes(13).toString("hex")}.new`

/** Removes what processes left that died while they wrote `path`; nobody else may be writing it. */
export const sweepDrafts = async (path: string): Promise<void> => {
  const mine = new RegExp(`^${basename(path).replace(/[^A-Za-z0-9]/g, "\\$&")}\\.draft_[0-9a-z]+\\.new$`)
  for (const name of await fs.readdir(dirname(path))) {
    if (mine.test(name)) await fs.rm(join(dirname(path), name), { force: true })
  }
}

/** Gives the draft its name, unless that is taken: of two that start at once, one writes and both read that. */
const linkUnlessThere = async (draft: string, path: string): Promise<void> => {
  try {
    await fs.link(draft, path)
  } catch (cause) {
    const code = codeOf(cause)
    // Some file systems have no links.
    if (code === "EPERM" || code === "ENOTSUP" || code === "ENOSYS") await fs.rename(draft, path)
    else if (code !== "EEXIST") throw cause
  }
}

const noFolderSync = new Set<unknown>(["EINVAL", "ENOTSUP", "ENOSYS", "EISDIR", "EPERM", "EACCES"])

/** A new name is on disk when its folder is, where the system has that, and lets this user. */
const syncFolder = async (path: string): Promise<void> => {
  try {
    const folder = await fs.open(path, constants.O_RDONLY)
    await folder.sync().finally(() => folder.close())
  } catch (cause) {
    if (!noFolderSync.has(codeOf(cause))) throw cause
  }
}

/**
 * Writes the whole file (mode 0600) under another name and then gives it its own: whoever reads sees what stood there
 * before, or all of the new text. With `keep`, a file that is there stays. The folder is made where there is none.
 */
export const writePrivate = async (
  path: string,
  text: string,
  options: { readonly keep?: boolean } = {}
): Promise<void> => {
  makeFolder(dirname(path))
  const draft = draftOf(path)
  try {
    const file = await fs.open(draft, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await (options.keep === true ? linkUnlessThere(draft, path) : fs.rename(draft, path))
  } finally {
    await fs.rm(draft, { force: true })
  }
  await syncFolder(dirname(path))
}
