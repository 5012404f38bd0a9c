/** Writes files that are their owner's alone. */
import { chmod, mkdir, open, rename, rm } from "node:fs/promises"
import { dirname } from "node:path"

/** Makes the folder (mode 0700), or takes others' rights to it away. */
export const privateFolder = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
}

/** Writes the whole file (mode 0600) or nothing; what stood there before is replaced. The folder must be there. */
export const writePrivate = async (path: string, text: string): Promise<void> => {
  const draft = `${path}.${process.pid}.new`
  await rm(draft, { force: true })
  try {
    const file = await open(draft, "wx", 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
}

/** Makes the folder that a file stands in, where there is none. */
export const folderOf = async (path: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
}
