/**
 * The flags of `exoclaw gateway`, as data: the command is defined from them, and the program reads them itself where
 * they are all it is given. The command-line library costs a start 30 to 40 ms, which only its help and its error
 * messages are worth; so whatever is not read here goes to it.
 */
import type * as Redacted from "effect/Redacted"
import type { FlagValue } from "../../src/config/Override.ts"
import type { Flags } from "../config/ConfigFile.ts"

interface GatewayFlag {
  readonly name: string
  readonly metavar: string
  readonly doc: string
  /** The key of the configuration that it sets. */
  readonly key?: string
}

/** Where the configuration and the state are; for every command. */
export const whereFlags = [
  {
    name: "config",
    metavar: "FILE",
    doc: "Configuration file; else EXOCLAW_CONFIG, else config.toml of the state's folder or of ~/.exoclaw."
  },
  { name: "state", metavar: "FOLDER", doc: "Folder of the state; else EXOCLAW_STATE, else the configuration's." }
] as const satisfies ReadonlyArray<GatewayFlag>

/** What a start may say besides. */
export const gatewayFlags = [
  { name: "port", metavar: "PORT", doc: "Port of the client listener; 0 takes a free one.", key: "gateway.port" },
  { name: "bind", metavar: "ADDRESS", doc: "Address of the client listener.", key: "gateway.bind" },
  {
    name: "operator-port",
    metavar: "PORT",
    doc: "Port of the operator listener, always on loopback; else the client's plus 1.",
    key: "gateway.operator_port"
  },
  {
    name: "token-file",
    metavar: "FILE",
    doc: "File with the token that clients need; EXOCLAW_TOKEN sets one, too."
  },
  {
    name: "token",
    metavar: "TOKEN",
    doc: "The token itself. Others on this machine may see it: prefer --token-file."
  }
] as const satisfies ReadonlyArray<GatewayFlag>

export type FlagName = (typeof whereFlags)[number]["name"] | (typeof gatewayFlags)[number]["name"]
/** The values as they were typed, by name. */
export type GivenFlags = { readonly [Name in FlagName]?: string | undefined }

const names: ReadonlySet<string> = new Set([...whereFlags, ...gatewayFlags].map(({ name }) => name))
const isName = (name: string): name is FlagName => names.has(name)

/** The flags of a command line that is `gateway` and known flags with values, each once; undefined for any other. */
export const quickly = (args: ReadonlyArray<string>): GivenFlags | undefined => {
  if (args[0] !== "gateway") return undefined
  const given: { [Name in FlagName]?: string } = {}
  for (let index = 1; index < args.length; index++) {
    const [, name = "", attached] = /^--([a-z-]+)(?:=(.*))?$/s.exec(args[index] ?? "") ?? []
    const value = attached ?? args[++index]
    if (!isName(name) || name in given || value === undefined || value === "" || value.startsWith("-")) return undefined
    given[name] = value
  }
  return given
}

/** The flags as the configuration takes them. */
export const toFlags = (given: GivenFlags, token: Redacted.Redacted<string> | undefined): Flags => ({
  config: given.config,
  state: given.state,
  token,
  values: gatewayFlags.flatMap((flag): ReadonlyArray<FlagValue> => {
    const value = given[flag.name]
    return value === undefined || !("key" in flag) ? [] : [{ key: flag.key, flag: `--${flag.name}`, value }]
  })
})
