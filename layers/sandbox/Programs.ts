/** Where the sandbox's own programs are, and the flags a slot runs under. */
import * as path from "node:path"
import type { SlotCommand } from "./ZygoteMessage.ts"

export interface Programs {
  readonly zygote: string
  readonly slot: SlotCommand
}

/** Linear memory of a plugin, in pages of 64 KiB; admission writes the same number into the module. */
export const MEMORY_PAGES = 512

/** Only the baseline compiler: it is what SIGKILL was tested with, and half the attack surface. */
const ENGINE = [
  "--liftoff-only",
  `--wasm-max-mem-pages=${MEMORY_PAGES}`,
  "--wasm-max-table-size=20000",
  "--max-wasm-functions=20000",
  "--max-old-space-size=64",
  // what a call leaves is dead before it is looked at: in a big nursery one call in 400 meets a collection, in 4 MiB one in 70
  "--min-semi-space-size=16",
  "--max-semi-space-size=16",
  // The memories of past calls count as pressure: each collection they bring on would also throw away the compiled code
  // of this program, and the calls after it would compile it anew
  "--no-flush-bytecode"
]

/**
 * Beside the bundle lie `zygote.js` and `slot.js`, and a slot may read that one file; in development the sources run
 * as they are. `cpuSeconds` is the processor time after which the kernel ends a slot that nobody watches any more.
 */
export const programs = (cpuSeconds: number): Programs => {
  const here = import.meta.dirname
  const source = import.meta.filename.endsWith(".ts")
  const slot = path.join(here, source ? "slot-main.ts" : "slot.js")
  const modules = path.join(here, "..", "..", "node_modules")
  const readable = source ? [here, path.join(modules, "@extism"), path.join(here, "..", "..", "package.json")] : [slot]
  return {
    zygote: path.join(here, source ? "zygote-main.ts" : "zygote.js"),
    slot: {
      node: process.execPath,
      cpuSeconds,
      arguments: [
        "--no-warnings",
        ...ENGINE,
        // what is linked to is not looked up by its real path, which no flag below lets it read
        ...(source ? ["--preserve-symlinks"] : []),
        "--permission",
        ...readable.map((entry) => `--allow-fs-read=${entry}`),
        slot
      ]
    }
  }
}
