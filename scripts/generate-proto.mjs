// The bus's contract: `npm run proto` lints src/bus/proto and writes the code under layers/proto/generated anew, and the
// Python client's descriptors.
//   --check      writes nothing; fails where the code is not what the contract gives, or where the contract breaks
//                the clients of the released one (src/bus/proto/released.binpb)
//   --release    takes the contract as it is for the released one
import * as childProcess from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const contract = path.join(root, "src", "bus", "proto")
const generated = path.join(root, "layers", "proto", "generated")
const released = "released.binpb"
/** The contract's descriptors, from which the Python client makes its classes. */
const descriptors = path.join(root, "sdk", "python", "exoclaw_bus", "contract.binpb")
const describe = (file) => buf("build", "--as-file-descriptor-set", "--exclude-source-info", "-o", file)

const buf = (...args) => {
  const env = { ...process.env, PATH: [path.join(root, "node_modules", ".bin"), process.env.PATH].join(path.delimiter) }
  const done = childProcess.spawnSync("buf", args, { cwd: contract, env, encoding: "utf8" })
  if (done.status === 0) return
  process.stderr.write(`buf ${args[0]}: ${done.error?.message ?? done.stdout + done.stderr}\n`)
  process.exit(1)
}

const filesIn = (folder) =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort()

const differences = (folder) => {
  const names = [...new Set([...filesIn(folder), ...filesIn(generated)])]
  const read = (place, name) => {
    const file = path.join(place, name)
    return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined
  }
  return names.filter((name) => read(folder, name) !== read(generated, name))
}

buf("lint")
if (process.argv.includes("--release")) buf("build", "--exclude-source-info", "-o", released)
buf("breaking", "--against", released)
if (process.argv.includes("--check")) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "exoclaw-proto-"))
  try {
    const template = fs.readFileSync(path.join(contract, "buf.gen.yaml"), "utf8").replace(/out: .*/, `out: ${folder}`)
    buf("generate", "--template", template.replace("clean: true\n", ""))
    const different = differences(folder)
    const described = `${folder}.binpb`
    describe(described)
    const isDescribed = fs.readFileSync(described).equals(fs.readFileSync(descriptors))
    fs.rmSync(described)
    if (!isDescribed) {
      process.stderr.write("sdk/python/exoclaw_bus/contract.binpb is not what src/bus/proto gives\n")
      process.exit(1)
    }
    if (different.length > 0) {
      process.stderr.write(`layers/proto/generated is not what src/bus/proto gives: ${different.join(", ")}\n`)
      process.exit(1)
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
} else {
  buf("generate")
  describe(descriptors)
}
