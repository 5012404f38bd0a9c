/** Files that somebody named, read without ever waiting for them. */
import { constants } from "node:fs"
import * as fs from "node:fs/promises"

/** There is something under that name, and it is no file: a folder, a pipe, a device. */
export class NotAFile extends Error {
  readonly code: "EISDIR" | "ENOTFILE"
  constructor(path: string, isFolder: boolean) {
    super(`${path} is ${isFolder ? "a folder" : "no regular file"}`)
    this.code = isFolder ? "EISDIR" : "ENOTFILE"
  }
}

/**
 * The file's bytes; of a longer one `limit + 1` of them, whatever its size is said to be. What was opened is what is
 * looked at: a pipe has no end and a device may never have one.
 */
export const readBounded = async (path: string, limit: number): Promise<Uint8Array> => {
  const file = await fs.open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = await file.stat()
    if (!stats.isFile()) throw new NotAFile(path, stats.isDirectory())
    let bytes = Buffer.alloc(Math.min(stats.size, limit) + 1)
    let size = 0
    for (;;) {
      const { bytesRead } = await file.read(bytes, size, bytes.length - size)
      size += bytesRead
      if (bytesRead === 0 || size > limit) return new Uint8Array(bytes.subarray(0, size))
      // it grew in the meantime
      if (size === bytes.length) bytes = Buffer.concat([bytes], Math.min(2 * size, limit + 1))
    }
  } finally {
    await file.close()
  }
}
