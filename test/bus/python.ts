/** The system's Python with the packages of the distribution, as the SDK needs them. */
import { spawn, spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { root } from "../support/repository.ts"

const python = "/usr/bin/python3"
const asks =
  "import google.protobuf as p, websockets, sys; print(sys.version.split()[0], p.__version__, websockets.__version__)"

/** What is there, in words; undefined where something is missing. Says which it was, or what to install. */
export const installed = (): boolean => {
  const asked = existsSync(python) ? spawnSync(python, ["-c", asks], { encoding: "utf8" }) : undefined
  const [language, protobuf, websockets] = asked?.status === 0 ? asked.stdout.trim().split(" ") : []
  console.log(
    language === undefined
      ? "skipped: the Python client needs python3, python3-protobuf and python3-websockets of the distribution"
      : `with Python ${language}, protobuf ${protobuf}, websockets ${websockets}`
  )
  return language !== undefined
}

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs a program with the SDK on its path. */
export const run = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>>): Promise<Ran> =>
  new Promise((resolve) => {
    const folder = join(root, "sdk", "python")
    const child = spawn(python, [...args], {
      cwd: folder,
      env: { PATH: "/usr/bin:/bin", PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: "1", ...env }
    })
    const said = { out: "", err: "" }
    child.stdout.on("data", (bytes) => (said.out += String(bytes)))
    child.stderr.on("data", (bytes) => (said.err += String(bytes)))
    child.once("close", (code) => resolve({ code, ...said }))
  })
