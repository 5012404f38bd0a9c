// Loaded into a measured gateway: at SIGUSR2 it writes what its memory consists of, in bytes, to the file it was given.
// No type stripping here: the stripper alone would be tens of megabytes of what is measured.
import * as fs from "node:fs"
import * as v8 from "node:v8"

process.on("SIGUSR2", () => {
  const { external, heapTotal, heapUsed, rss } = process.memoryUsage()
  const code = v8.getHeapCodeStatistics()
  const file = process.env["BENCH_MEMORY_PROBE"]
  const written = `${file}.${process.pid}`
  fs.writeFileSync(
    written,
    JSON.stringify({
      rss,
      heapTotal,
      heapUsed,
      external,
      code: code.code_and_metadata_size + code.bytecode_and_metadata_size
    })
  )
  fs.renameSync(written, file)
})
