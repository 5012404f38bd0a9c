/** Where each piece of state lies. Nothing is kept anywhere else. */

export interface StateFile {
  readonly name: string
  readonly path: string
  readonly holds: string
}

/** The files of a state folder. */
export const stateFiles = (stateDir: string): ReadonlyArray<StateFile> => {
  const file = (name: string, holds: string): StateFile => ({
    name,
    path: `${stateDir.replace(/\/$/, "")}/${name}`,
    holds
  })
  return [
    file("exoclaw.db", "sessions, memory, ledger, audit, schedule, tokens as hashes, grants"),
    file("secrets.db", "secrets, encrypted"),
    file("credentials", "API keys, one file per provider"),
    file("operator.token", "the operator's token"),
    file("soul.md", "the agent's character, if there")
  ]
}
