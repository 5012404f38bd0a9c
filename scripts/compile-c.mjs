// Compiles one C file into a plugin's module: node scripts/compile-c.mjs SOURCE OUT
// clang and lld are WebAssembly themselves and see no file but the one they are given, so that every machine gets the
// same bytes.
import * as fs from "node:fs"
import * as path from "node:path"
import { commands } from "@yowasp/clang"

// Without a library and without built-in knowledge of one; only what every engine has; nothing that names this machine.
const FLAGS = [
  "--target=wasm32-unknown-unknown",
  "-mcpu=mvp",
  "-Oz",
  "-nostdlib",
  "-fno-builtin",
  "-fvisibility=hidden",
  "-Wall",
  "-Werror",
  "-Wl,--no-entry",
  "-Wl,--strip-all"
]

const [source = "", outFile = ""] = process.argv.slice(2)
const name = path.basename(source)
const say = (bytes) => void (bytes !== null && process.stderr.write(bytes))
const built = await commands.clang(
  [...FLAGS, "-o", "plugin.wasm", name],
  { [name]: fs.readFileSync(source) },
  // it would tell how much of the compiler it has read
  { stdout: say, stderr: say, fetchProgress: () => {} }
)
fs.writeFileSync(outFile, built["plugin.wasm"])
