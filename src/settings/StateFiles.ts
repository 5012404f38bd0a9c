/** Where each piece of state lies. Nothing is kept anywhere else. */

export interface StateFile {
  readonly name: string
  readonly path: string
  readonly holds: string
}

/** There while the bus has messages that Redis, where its history is, has not seen. */
export const outageFile = "bus.outage"

const inFolder =
  (folder: string) =>
  (name: string, holds: string): StateFile => ({ name, path: `${folder.replace(/\/$/, "")}/${name}`, holds })

/** The files of a state folder, then the keys in the user's folder: apart from what they open or sign. */
export const stateFiles = (stateDir: string, userDir: string): ReadonlyArray<StateFile> => {
  const state = inFolder(stateDir)
  const user = inFolder(userDir)
  return [
    state(
      "exoclaw.db",
      "sessions, budgets and charges, audit log, approvals, schedule, tokens as hashes, plugins' grants and stores"
    ),
    state("secrets.db", "secrets, encrypted"),
    state("credentials", "API keys, one file per provider"),
    state("operator.token", "the operator's token"),
    state("soul.md", "the agent's character, if there"),
    state(outageFile, "nothing; it is there while the bus's history in Redis is away"),
    user("secret.key", "the key of the secrets, unless EXOCLAW_SECRET_KEY is set"),
    user("audit.key", "the key that signs the audit log"),
    user("audit.trusted", "other keys whose signatures count, if there")
  ]
}
