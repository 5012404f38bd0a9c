/** What the machine gives: its Node.js and how many files a process may have open. */
import * as fs from "node:fs"
import type { SettingsValues } from "../../../src/settings/Settings.ts"
import { type Check, fail, ok, warn } from "./Check.ts"

const least: readonly [major: number, minor: number] = [22, 19]

export const nodeVersion = (version: string): Check => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return major > least[0] || (major === least[0] && minor >= least[1])
    ? ok("Node.js", version)
    : fail(
        "Node.js",
        version,
        `Install Node.js 24 from https://nodejs.org; ${least.join(".")} is the oldest that works.`
      )
}

/** The soft limit in the text of /proc/self/limits; undefined where it says none. */
export const openFiles = (limits: string): number | undefined => {
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1]
  return soft === undefined ? undefined : soft === "unlimited" ? Infinity : Number(soft)
}

/** Files besides connections: the store, plugins, slots. */
const others = 256

export const descriptors = ({ gateway }: SettingsValues): Check => {
  const name = "open files"
  // only Linux has the file; elsewhere the shell knows
  const limits = fs.existsSync("/proc/self/limits") ? fs.readFileSync("/proc/self/limits", "utf8") : ""
  const soft = openFiles(limits)
  if (soft === undefined) return ok(name, "the limit is not known here; `ulimit -n` shows it")
  const wanted = gateway.limits.max_connections + others
  return soft >= wanted
    ? ok(name, `${soft} may be open`)
    : warn(
        name,
        `${soft} may be open, ${wanted} are needed for gateway.limits.max_connections`,
        `Raise it with \`ulimit -n ${wanted}\` (LimitNOFILE of a service), or lower max_connections.`
      )
}
