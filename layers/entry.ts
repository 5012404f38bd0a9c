// The first file of the bundle: what has to be set before the program's own code is read.
import * as module from "node:module"
import * as path from "node:path"

// Beside the code and not in the shared temporary folder, where another user of the machine could put code of theirs.
module.enableCompileCache(path.join(import.meta.dirname, ".compile-cache"))

// A launcher (`npm start`, the bin on an old Node) names itself: when it dies, its program ends too, gracefully. The
// variable is between the two: the configuration knows no such key, and no child is to inherit it.
const launcher = Number(process.env["EXOCLAW_LAUNCHER"])
delete process.env["EXOCLAW_LAUNCHER"]
if (launcher === process.ppid) {
  const watch = setInterval(() => {
    if (process.ppid === launcher) return
    clearInterval(watch)
    process.kill(process.pid, "SIGTERM")
  }, 500).unref()
}

await import("./main.ts")
