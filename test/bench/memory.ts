/** Memory: recall among ten and a hundred thousand turns, cold and warm, what it takes, and how fast turns are stored. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Row } from "./row.ts"

const program = join(import.meta.dirname, "recall-probe.ts")

/** As the gateway runs (`layers/platform/Footprint.ts`), and with a collector that can be called. */
const flags = ["--no-warnings", "--expose-gc", "--optimize-for-size", "--semi-space-growth-factor=1"]

const run = (what: "read" | "rebuild" | "write", file: string): Readonly<Record<string, number>> => {
  const done = spawnSync(process.execPath, [...flags, program, what, file], { encoding: "utf8" })
  if (done.status !== 0) throw new Error(`the memory bench failed: ${done.stderr}`)
  return JSON.parse(done.stdout) as Readonly<Record<string, number>>
}

const row = (name: string, value: number | undefined, unit: string, goal: number, part: Partial<Row> = {}): Row => {
  const measured = value ?? Number.NaN
  const higher = part.better === "higher"
  return {
    name: `memory: ${name}`,
    value: measured,
    unit,
    goal: `${higher ? ">=" : "<="} ${goal.toLocaleString("en")}`,
    met: higher ? measured >= goal : measured <= goal,
    better: "lower",
    scale: "cpu",
    ...part
  }
}

export const memoryBench = (): ReadonlyArray<Row> => {
  const folder = mkdtempSync(join(tmpdir(), "exoclaw-bench-memory-"))
  try {
    const file = join(folder, "exoclaw.db")
    const { perSecond } = run("write", file)
    const { added, cold, p50, p95, threadP50, threadP95 } = run("read", file)
    const { rebuilt } = run("rebuild", file)
    return [
      row("recall among 10,000 turns, warm, p50", p50, "ms", 2),
      row("recall among 10,000 turns, warm, p95", p95, "ms", 5, { tail: true }),
      row("opened and asked, 10,000 turns", cold, "ms", 25, { tail: true }),
      row("the same without a snapshot of the index", rebuilt, "ms", 100, { tail: true }),
      row("resident memory added by it", added, "MiB", 25, { scale: "none" }),
      row("recall among 100,000 turns, in its thread, p50", threadP50, "ms", 20),
      row("recall among 100,000 turns, in its thread, p95", threadP95, "ms", 20, { tail: true }),
      row("turns stored, in batches", perSecond, "/s", 20_000, { better: "higher" })
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
