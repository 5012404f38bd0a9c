// Compiles scripts/kernel to src/memory/recall/module.ts: WebAssembly as text, so that it is part of every bundle. The same
// source gives the same text. `--check` writes nothing and exits 1 where the committed file differs.
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const compiler = path.join(root, "node_modules", "assemblyscript", "bin", "asc.js")
const source = path.join("scripts", "kernel", "index.ts")
const target = path.join(root, "src", "memory", "recall", "module.ts")

// no runtime: its functions work on memory that the host lays out, from its first byte on
const FLAGS = ["-O3", "--converge", "--noAssert", "--runtime", "stub", "--enable", "simd", "--initialMemory", "1"]

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "exoclaw-kernel-"))
try {
  const file = path.join(folder, "kernel.wasm")
  const { status, stderr } = spawnSync(
    process.execPath,
    [compiler, source, "--outFile", path.relative(root, file), ...FLAGS],
    {
      cwd: root,
      encoding: "utf8"
    }
  )
  if (status !== 0 || stderr !== "") throw new Error(stderr)
  const bytes = fs.readFileSync(file)
  if (WebAssembly.Module.imports(new WebAssembly.Module(bytes)).length > 0)
    throw new Error("the kernel imports something")
  const written = `/** \`scripts/kernel\` as WebAssembly in base64, made by \`npm run bake:kernel\`. */
export const module =
  "${bytes.toString("base64")}"
`
  if (!process.argv.includes("--check")) fs.writeFileSync(target, written)
  else if (!fs.existsSync(target) || fs.readFileSync(target, "utf8") !== written) {
    process.stderr.write("src/memory/recall/module.ts is not of scripts/kernel: run `npm run bake:kernel`\n")
    process.exitCode = 1
  }
  process.stdout.write(`${bytes.length} bytes of WebAssembly\n`)
} finally {
  fs.rmSync(folder, { recursive: true, force: true })
}
