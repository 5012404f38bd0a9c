// The first file of the bundle: what has to be set before the program's own code is read.
import * as module from "node:module"
import * as path from "node:path"
import { launcher } from "./platform/Launcher.ts"

// Beside the code and not in the shared temporary folder, where another user of the machine could put code of theirs.
module.enableCompileCache(path.join(import.meta.dirname, ".compile-cache"))

if (launcher !== undefined) {
  const watch = setInterval(() => {
    if (process.ppid === launcher) return
    clearInterval(watch)
    process.kill(process.pid, "SIGTERM")
  }, 500).unref()
}

await import("./main.ts")
