/** What this machine does at this moment: the peers that our figures are divided by. */
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { median } from "./row.ts"

export interface Peers {
  /** Microseconds to hash 64 KiB with SHA-256 and to walk a map of 1,000 keys. */
  readonly cpu: number
  /** Microseconds to append 4 KiB to a file and fsync it. */
  readonly fsync: number
  /** Milliseconds of `node -e 0`. */
  readonly start: number
  /** How much longer work takes than it has a processor: 1 on a machine that has nothing else to do. */
  readonly wait: number
}

const time = (run: () => void): number => {
  const began = performance.now()
  run()
  return (performance.now() - began) * 1000
}

const cpu = (): number => {
  const bytes = Buffer.alloc(65_536, 7)
  const map = new Map(Array.from({ length: 1000 }, (_, i) => [`key-${i}`, i]))
  const work = () => {
    createHash("sha256").update(bytes).digest("hex")
    let sum = 0
    for (const [key, value] of map) sum += key.length + value
    if (sum === 0) throw new Error("unreachable")
  }
  for (let i = 0; i < 200; i++) work()
  return median(Array.from({ length: 1000 }, () => time(work)))
}

const fsync = (): number => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "exoclaw-bench-fsync-"))
  const file = fs.openSync(path.join(folder, "file"), "a")
  const block = Buffer.alloc(4096, 1)
  try {
    return median(
      Array.from({ length: 200 }, () =>
        time(() => {
          fs.writeSync(file, block)
          fs.fsyncSync(file)
        })
      )
    )
  } finally {
    fs.closeSync(file)
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

const start = (): number =>
  median(Array.from({ length: 7 }, () => time(() => spawnSync(process.execPath, ["-e", "0"])) / 1000))

const wait = (): number => {
  const began = performance.now()
  const used = process.cpuUsage()
  while (performance.now() - began < 400) createHash("sha256").update("busy").digest()
  const { system, user } = process.cpuUsage(used)
  return Math.max(1, ((performance.now() - began) * 1000) / (system + user))
}

export const measure = (): Peers => ({ cpu: cpu(), fsync: fsync(), start: start(), wait: wait() })

/** What the machine did between two measurements. */
export const between = (before: Peers, after: Peers): Peers => ({
  cpu: Math.sqrt(before.cpu * after.cpu),
  fsync: Math.sqrt(before.fsync * after.fsync),
  start: Math.sqrt(before.start * after.start),
  wait: Math.sqrt(before.wait * after.wait)
})
