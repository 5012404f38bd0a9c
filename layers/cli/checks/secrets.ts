/** How the secrets are kept. */
import * as fs from "node:fs"
import * as path from "node:path"
import type { Surroundings } from "../../config/Surroundings.ts"
import type { SettingsShape } from "../../../src/settings/Settings.ts"
import { defaultKeyFile } from "../../secret/SecretKey.ts"
import { type Check, fail, ok, warn } from "./Check.ts"

const modeOf = (file: string): number => fs.statSync(file).mode & 0o777

/** Says which key opens them, and warns where whoever copies this account's files has both. */
export const secrets = ({ environment, stateDir }: SettingsShape, { home, variables }: Surroundings): Check => {
  const name = "secrets"
  const file = path.join(stateDir, "secrets.db")
  if (!fs.existsSync(file)) return ok(name, "none is set")
  const open = (modeOf(file) & 0o077) !== 0
  if (open) return warn(name, `others may read ${file}`, `Run: chmod 600 ${file}`)
  if (environment.secretKey !== undefined) return ok(name, "encrypted with the key of EXOCLAW_SECRET_KEY")
  const key = defaultKeyFile(variables, home)
  if (!fs.existsSync(key)) {
    return fail(name, `the key ${key} is gone`, "Bring it back from a backup, or set EXOCLAW_SECRET_KEY to the key.")
  }
  if ((modeOf(key) & 0o077) !== 0) return fail(name, `others may read the key ${key}`, `Run: chmod 600 ${key}`)
  return warn(
    name,
    `encrypted with the key in ${key}, on this machine as well`,
    "To keep them apart, give the key by EXOCLAW_SECRET_KEY from a place of its own, and remove the file."
  )
}
