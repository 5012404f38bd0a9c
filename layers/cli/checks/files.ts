/** The state on disk: there, writable, whole, and nobody else's business. */
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import * as path from "node:path"
import type { SettingsShape } from "../../../src/settings/Settings.ts"
import { providersWithoutKey } from "../../model/MissingKeys.ts"
import { openReads } from "../../store/SqliteStore.ts"
import { type Check, fail, ok, warn } from "./Check.ts"

const modeOf = (file: string): number | undefined => fs.statSync(file, { throwIfNoEntry: false })?.mode

const canWrite = (folder: string): boolean => {
  // access tells by throwing
  try {
    fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK)
    return true
  } catch {
    return false
  }
}

const nearestFolder = (folder: string): string =>
  fs.existsSync(folder) || path.dirname(folder) === folder ? folder : nearestFolder(path.dirname(folder))

export const stateFolder = (stateDir: string): Check => {
  const name = "state folder"
  const next = "Give this user the right to write there, or name another folder with --state or EXOCLAW_STATE."
  const mode = modeOf(stateDir)
  if (mode === undefined) {
    const parent = nearestFolder(stateDir)
    return canWrite(parent)
      ? ok(name, `${stateDir} is made at the first start`)
      : fail(name, `${stateDir} cannot be made: ${parent} is not writable`, next)
  }
  if (!canWrite(stateDir)) return fail(name, `${stateDir} is not writable`, next)
  if ((mode & 0o022) !== 0) {
    return warn(name, `others may write to ${stateDir}`, `Run: chmod go-w ${stateDir}`)
  }
  return ok(name, stateDir)
}

/** Below this the gateway goes on for hours or minutes, not for weeks. */
const LOW = 100 * 1024 * 1024
/** Below this not even a message fits. */
const NONE = 1024 * 1024

const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`

/** How much may still be written; `left` in bytes. */
export const spaceLeft = (stateDir: string, left: number): Check => {
  const name = "disk"
  const next = `Free some space on the disk that holds ${stateDir}; a running gateway goes on by itself.`
  if (left < NONE) return fail(name, `it is full (${mib(left)} left): nobody is let in, nothing is answered`, next)
  return left < LOW ? warn(name, `${mib(left)} are left`, next) : ok(name, `${mib(left)} are left`)
}

export const disk = (stateDir: string): Check => {
  const { bavail, bsize } = fs.statfsSync(nearestFolder(stateDir))
  return spaceLeft(stateDir, bavail * bsize)
}

/** Files and folders that hold secrets, with the mode each must have. */
export const privateFiles = (stateDir: string): Check => {
  const name = "private files"
  const folder = path.join(stateDir, "credentials")
  const keys = fs.existsSync(folder) && canWrite(folder) ? fs.readdirSync(folder) : []
  const open = [
    path.join(stateDir, "exoclaw.db"),
    path.join(stateDir, "operator.token"),
    folder,
    ...keys.map((key) => path.join(folder, key))
  ].filter((file) => ((modeOf(file) ?? 0) & 0o077) !== 0)
  return open.length === 0
    ? ok(name, "readable by their owner alone")
    : warn(name, `others may read ${open.join(", ")}`, `Run: chmod go-rwx ${open.join(" ")}`)
}

const quickCheck = Effect.fnUntraced(function* (file: string) {
  const read = yield* openReads(file)
  const rows = yield* read((db) => db.all("PRAGMA quick_check(1)"))
  return String(Object.values(rows[0] ?? {})[0] ?? "no answer")
}, Effect.scoped)

export const database = (stateDir: string): Effect.Effect<Check> => {
  const name = "database"
  const file = path.join(stateDir, "exoclaw.db")
  if (!fs.existsSync(file)) return Effect.succeed(ok(name, "is made at the first start"))
  const next = "Stop every gateway that uses it, keep a copy of the file, and restore a backup."
  return quickCheck(file).pipe(
    Effect.map((answer) => (answer === "ok" ? ok(name, `${file} is whole`) : fail(name, `${file}: ${answer}`, next))),
    Effect.catch(({ message }) => Effect.succeed(fail(name, `${file} cannot be read`, message)))
  )
}

/** Whether each provider that an agent uses has a key somewhere. */
export const keys = (settings: SettingsShape): ReadonlyArray<Check> => {
  const missing = providersWithoutKey(settings)
  if (missing.length === 0) return [ok("API keys", "none is missing")]
  return missing.map((provider) =>
    fail(
      "API keys",
      `there is none for ${provider}`,
      `Run \`exoclaw onboard\`, or set ${provider.toUpperCase()}_API_KEY.`
    )
  )
}
