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
if (source === "" || outFile === "") {
  process.stderr.write("usage: node_modules/.bin/node scripts/compile-c.mjs SOURCE.c OUT.wasm\n")
  process.exit(2)
}
const name = path.basename(source)
const say = (bytes) => void (bytes !== null && process.stderr.write(bytes))
// it tells there how much of the compiler it has read, whatever it is asked
console.log = () => {}
try {
  const files = { [name]: fs.readFileSync(source) }
  const built = await commands.clang([...FLAGS, "-o", "plugin.wasm", name], files, { stdout: say, stderr: say })
  fs.writeFileSync(outFile, built["plugin.wasm"])
} catch (error) {
  // what the compiler had to say, it has said
  process.stderr.write(
    `${source} is not compiled${"code" in error && typeof error.code === "string" ? ` (${error.code})` : ""}.\n`
  )
  process.exitCode = 1
}
