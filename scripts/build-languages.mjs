// Builds the plugins that are not written in AssemblyScript, those of the tests too: NAME.wasm and its hash stand beside
// the source. Where a compiler is found, the module is built anew; the same version of it must give the same bytes.
//   node scripts/build-languages.mjs            builds what can be built, and writes it
//   node scripts/build-languages.mjs --check    builds and compares, writes nothing
// C: @yowasp/clang, which npm brings. Rust: Debian's rustc and libstd-rust-dev-wasm32, or EXOCLAW_RUSTC.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const run = (file, args, options = {}) => spawnSync(file, args, { encoding: "utf8", ...options })

const onPath = (name) =>
  (process.env.PATH ?? "")
    .split(path.delimiter)
    .map((folder) => path.join(folder, name))
    .find((file) => fs.existsSync(file))

const clang = () =>
  [path.join(root, "node_modules", "@yowasp", "clang", "package.json")].find((file) => fs.existsSync(file))

const hasTarget = (rustc) => {
  const { status, stdout } = run(rustc, ["--print", "sysroot"])
  return status === 0 && fs.existsSync(path.join(stdout.trim(), "lib", "rustlib", "wasm32-unknown-unknown", "lib"))
}
/** A rustup on the PATH hides the system's, which may be the one with the target. */
const rustc = () =>
  [process.env.EXOCLAW_RUSTC, onPath("rustc"), "/usr/bin/rustc"].find(
    (file) => file !== undefined && fs.existsSync(file) && hasTarget(file)
  )

const c = {
  needs: "@yowasp/clang",
  everywhere: true,
  version: "22.0.0-git20542-10",
  find: clang,
  versionOf: (manifest) => JSON.parse(fs.readFileSync(manifest, "utf8")).version,
  compile: (_, source, outFile) =>
    run(process.execPath, [path.join(import.meta.dirname, "compile-c.mjs"), source, outFile])
}

const rust = {
  needs: "rustc with wasm32-unknown-unknown",
  version: "1.63.0",
  find: rustc,
  versionOf: (compiler) => run(compiler, ["--version"]).stdout.split(/\s+/)[1],
  compile: (compiler, source, outFile) =>
    run(
      compiler,
      ["--edition", "2021", "--target", "wasm32-unknown-unknown", "-C", "opt-level=s", "-C", "panic=abort"].concat([
        "-C",
        "lto",
        "-C",
        "strip=symbols",
        "--remap-path-prefix",
        `${path.dirname(source)}=.`,
        "-o",
        outFile,
        source
      ])
    )
}

const fixtures = path.join("test", "plugins", "fixtures")

export const LANGUAGES = [
  { ...c, name: "echo-c", source: path.join("plugins", "echo-c", "echo.c") },
  { ...rust, name: "echo-rust", source: path.join("plugins", "echo-rust", "echo.rs") },
  { ...c, name: "publish-c", source: path.join(fixtures, "publish-c", "publish.c") },
  { ...rust, name: "publish-rust", source: path.join(fixtures, "publish-rust", "publish.rs") }
]

const sha256 = (file) => createHash("sha256").update(fs.readFileSync(file)).digest("hex")
export const moduleOf = ({ name, source }) => path.join(root, path.dirname(source), `${name}.wasm`)
const hashFileOf = (language) => `${moduleOf(language)}.sha256`

/** The hash that the repository names, in the form of `sha256sum`. */
export const committedHash = (language) => fs.readFileSync(hashFileOf(language), "utf8").split(" ")[0]

/** Builds one: its file and hash, and whether the compiler is of the version whose bytes must be the same. */
export const rebuild = (language) => {
  const compiler = language.find()
  if (compiler === undefined) return undefined
  const scratch = fs.mkdtempSync(path.join(tmpdir(), "exoclaw-language-"))
  const outFile = path.join(scratch, `${language.name}.wasm`)
  const source = path.join(root, language.source)
  const { error, status, stderr } = language.compile(compiler, source, outFile, scratch)
  if (status !== 0) throw new Error(`${language.source} does not compile\n${error?.message ?? stderr}`)
  const version = language.versionOf(compiler)
  return { outFile, sha256: sha256(outFile), version, same: version === language.version }
}

if (import.meta.filename === process.argv[1]) {
  const check = process.argv.includes("--check")
  for (const language of LANGUAGES) {
    const say = (text) => process.stdout.write(`${language.name}: ${text}\n`)
    const built = rebuild(language)
    if (built === undefined) say(`not built; ${language.needs} is not found`)
    else if (!check) {
      fs.copyFileSync(built.outFile, moduleOf(language))
      fs.chmodSync(moduleOf(language), 0o644)
      fs.writeFileSync(hashFileOf(language), `${built.sha256}  ${language.name}.wasm\n`)
      say(
        `${built.sha256} by ${built.version}${built.same ? "" : `; ${language.version} is the one that others compare with`}`
      )
    } else if (built.sha256 === committedHash(language)) say(`the same bytes, by ${built.version}`)
    else if (!built.same) say(`other bytes, by ${built.version} in place of ${language.version}`)
    else {
      process.exitCode = 1
      say(`${built.sha256} in place of ${committedHash(language)}`)
    }
  }
}
