/**
 * What Linux can take away from a slot before it starts: its network, by a namespace of its own, every privilege it has
 * or could gain, and a life after the zygote's. Not every system lets an ordinary user do that; the zygote finds out once and takes what works.
 */
import { spawnSync } from "node:child_process"

const NO_NETWORK = ["unshare", "--user", "--map-current-user", "--net", "--"]
const NO_PRIVILEGES = ["setpriv", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--"]
const NO_NEW_PRIVILEGES = ["setpriv", "--no-new-privs", "--"]

/** From the strongest to nothing at all. Who is nobody has no bounding set to give up. */
const CHOICES: ReadonlyArray<ReadonlyArray<string>> = [
  [...NO_NETWORK, ...NO_PRIVILEGES],
  [...NO_NETWORK, ...NO_NEW_PRIVILEGES],
  NO_NETWORK,
  NO_PRIVILEGES,
  NO_NEW_PRIVILEGES
]
/** The kernel kills it with its parent. Last, for a change of privileges forgets it. */
const WITH_PARENT = ["setpriv", "--pdeathsig", "KILL", "--"]
const PATIENCE_MS = 2000

// started as slots are, through a shell and without an environment, so that the programs are found alike
const works = (words: ReadonlyArray<string>): boolean =>
  spawnSync("/bin/sh", ["-c", 'exec "$@"', "sh", ...words, "true"], { stdio: "ignore", env: {}, timeout: PATIENCE_MS })
    .status === 0

/** Whether what runs behind these words ends with whoever started it, even where nobody is left to end it. */
export const endsWithParent = (words: ReadonlyArray<string>): boolean => words.includes("--pdeathsig")

/** The words that come before a program to run it confined; none where nothing works. */
export const confinement = (): ReadonlyArray<string> =>
  // together first: on most systems one look is enough
  [...CHOICES, []].map((words) => [...words, ...WITH_PARENT]).find(works) ?? CHOICES.find(works) ?? []
