/** Where this user keeps what belongs to no one folder of state: keys, apart from what they open or sign. */
import { join } from "node:path"

/** `exoclaw` in the folder for this user's configuration (XDG Base Directory). */
export const userFolder = (variables: ReadonlyMap<string, string>, home: string): string => {
  const base = variables.get("XDG_CONFIG_HOME")
  return join(base?.startsWith("/") === true ? base : join(home, ".config"), "exoclaw")
}
