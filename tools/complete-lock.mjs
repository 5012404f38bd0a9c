// After `npm install` of something new: `node tools/complete-lock.mjs`.
// npm leaves out of package-lock.json the packages for other platforms that the registry at hand does not hold (a mirror
// often holds one platform's only), and then `npm ci` refuses that lock. This writes them in: version and platform as
// their parent names them, the only thing missing is the checksum.
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"

const file = fileURLToPath(new URL("../package-lock.json", import.meta.url))
const systems = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"]
const processors = ["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"]

const lock = JSON.parse(fs.readFileSync(file, "utf8"))
const missing = {}
for (const [place, entry] of Object.entries(lock.packages)) {
  if (entry.extraneous) {
    delete lock.packages[place]
    continue
  }
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`
    if (lock.packages[key] !== undefined || lock.packages[`${place}/${key}`] !== undefined) continue
    const words = name.split("/").at(-1).split("-")
    const system = systems.find((one) => words.includes(one))
    const processor = processors.find((one) => words.includes(one))
    const libc = /-musl/.test(name) ? "musl" : /linux.*-gnu/.test(name) ? "glibc" : undefined
    if (system === undefined && processor === undefined)
      throw new Error(`${name} names no platform: look at it by hand`)
    if (!/^\d+\.\d+\.\d+/.test(version)) throw new Error(`${name} is not pinned by ${place}: look at it by hand`)
    missing[key] = {
      version,
      ...(processor === undefined ? {} : { cpu: [processor] }),
      ...(entry.dev ? { dev: true } : {}),
      ...(libc === undefined ? {} : { libc: [libc] }),
      optional: true,
      ...(system === undefined ? {} : { os: [system] })
    }
  }
}
lock.packages = Object.fromEntries(
  Object.entries({ ...lock.packages, ...missing }).toSorted(([a], [b]) => a.localeCompare(b, "en"))
)
fs.writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
process.stdout.write(`${Object.keys(missing).length} packages for other platforms added\n`)
