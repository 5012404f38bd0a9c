/**
 * The rules of the house, as data. DESIGN's floors, who may import what, which words a promise may not contain.
 * An exception is a line in `allowed`, with its reason; one that no longer applies is reported too.
 */

/** The rooms of `src/`, from the top floor down: an import goes down, or sideways within a floor, never in a circle. */
export const floors: ReadonlyArray<ReadonlyArray<string>> = [
  ["settings"],
  ["gateway"],
  ["agent", "channel", "schedule", "bus"],
  ["session", "router"],
  ["model", "sandbox", "memory"],
  ["budget", "casil", "secret", "egress", "approval"],
  ["identity", "config", "audit", "backup", "domain"]
]

/** Rooms that may import nothing but these, although their floor would let them. */
export const only: Readonly<Record<string, ReadonlyArray<string>>> = {
  domain: [],
  audit: ["domain"],
  backup: ["domain"]
}

/** Files directly in `layers/`, and the folders there, that put backends of several folders together. */
export const composers: ReadonlyArray<string> = ["Exoclaw.ts", "main.ts", "entry.ts", "cli", "gateway", "backup"]

/** Folders of `layers/` whose own files (not those of their subfolders) every backend may use. */
export const publicFolders: ReadonlyArray<string> = ["platform", "store"]

/** What a generator writes: not held to the rules, and every backend may use it. */
export const generated: ReadonlyArray<string> = ["layers/proto/generated/"]

/** Modules that only these folders (or files) may import. */
export const moduleOwners: Readonly<Record<string, ReadonlyArray<string>>> = {
  "node:sqlite": ["layers/store/"],
  // a tokenizer's vocabulary is too large for the gateway's own process
  "node:child_process": ["layers/sandbox/", "layers/cli/", "layers/model/TokenCounter.ts"],
  "node:vm": [],
  "node:wasi": [],
  "node:inspector": [],
  "@extism/extism": ["layers/sandbox/"],
  "effect/ai/LanguageModel": ["src/model/", "layers/model/"]
}

/** A text that only its owners may contain. */
export interface Owned {
  readonly text: RegExp
  readonly owners: ReadonlyArray<string>
  readonly why: string
}

export const owned: ReadonlyArray<Owned> = [
  {
    text: /\bsealClaims\b/,
    owners: ["src/identity/SealedPrincipal.ts", "src/identity/Authenticator.ts"],
    why: "principals are made by an Authenticator"
  },
  {
    text: /\bsealInspected\b/,
    owners: ["src/casil/SealedInspected.ts", "src/casil/Casil.ts"],
    why: "inspected values are made by Casil"
  },
  {
    text: /\bnew Quote\(/,
    owners: ["src/budget/", "src/model/", "layers/model/"],
    why: "quotes are made by the model door"
  },
  {
    text: /\bcapabilities\(/,
    owners: ["src/sandbox/Grant.ts", "layers/sandbox/PluginSet.ts", "layers/sandbox/Trial.ts"],
    why: "grants are made of what the operator configured"
  },
  {
    text: /\bauthenticator\.internal\(/,
    owners: [
      "layers/cli/insider.ts",
      "layers/gateway/RoomAgents.ts",
      "layers/identity/JoseVerifier.ts",
      "layers/schedule/Scheduler.ts",
      "layers/session/Lanes.ts"
    ],
    why: "only work that starts inside has a principal without a credential"
  },
  {
    text: /\bMemoryScope\.make\(/,
    owners: [
      "src/memory/MemoryScope.ts",
      "layers/gateway/Warming.ts",
      "layers/memory/TurnRows.ts",
      "layers/memory/surreal/"
    ],
    why: "whose memory is asked comes from a Principal (scopeOf), or from the very rows that are being read"
  },
  {
    text: /\byield\* ModelAdapters\b|\badapters\.get\(/,
    owners: ["src/model/Model.ts"],
    why: "an adapter alone asks its vendor without a hold"
  },
  {
    text: /\bCasil\.layerOff\b/,
    owners: ["layers/cli/plugins/Host.ts"],
    why: "what a gateway shows to a model, a plugin or a peer is inspected"
  },
  {
    text: /\bContext\.(?:makeUnsafe|setUnsafe|addUnsafe|mapUnsafe)\b/,
    owners: [],
    why: "a context made by hand can hold a forged proof"
  }
]

/** A text that has no place in `src/`, and what is used instead. */
export interface Forbidden {
  readonly text: RegExp
  readonly instead: string
}

export const forbiddenInSrc: ReadonlyArray<Forbidden> = [
  { text: /\btry\s*\{/, instead: "an Effect that fails, or Schema" },
  { text: /\bJSON\.parse\b/, instead: "Schema.fromJsonString" },
  { text: /\bprocess\.env\b/, instead: "a setting" },
  { text: /\bDate\.now\b|\bnew Date\b/, instead: "Clock" },
  { text: /\bMath\.random\b/, instead: "domain/Entropy" },
  { text: /(?<![.\w])fetch\s*\(/, instead: "HttpClient, in layers/" },
  { text: /\bas unknown as\b/, instead: "a type that is true" },
  { text: /\bas any\b|(?::\s|<)any(?=\s*(?:[,)=;>|&\]}[]|$))/, instead: "unknown, or a type that is true" },
  { text: /\bEffect\.die\w*\b/, instead: "a typed error" },
  { text: /@ts-(?:ignore|nocheck)\b/, instead: "a type that is true" }
]

/** An exception: this file may contain this text once more than never, for this reason. */
export interface Allowed {
  readonly file: string
  /** A part of the offending line, long enough to mean only that line. */
  readonly line: string
  readonly reason: string
}

export const allowed: ReadonlyArray<Allowed> = []

/** The longest a file in `src/` or `layers/` may be, in lines. */
export const longestFile = 300

/** A layer of the message bus: its files, and the layers that it may use. */
export interface BusLayer {
  readonly files: ReadonlyArray<string>
  readonly uses: ReadonlyArray<string>
}

/**
 * The message bus, strictly layered: each file is in one of these, none reaches around another. Of another layer it uses
 * what stands in `src/` (its port), never how it is done; only the assembly knows that.
 */
export const busLayers: Readonly<Record<string, BusLayer>> = {
  transport: {
    files: ["src/bus/transport/", "layers/bus/transport/", "layers/bus/wire/"],
    uses: ["contract", "commands", "routing", "telemetry"]
  },
  commands: { files: ["src/bus/commands/", "layers/bus/commands/"], uses: ["contract", "routing"] },
  routing: {
    files: ["src/bus/routing/", "layers/bus/routing/"],
    uses: ["contract", "storage", "bridge", "inspection", "telemetry"]
  },
  storage: {
    files: [
      "src/bus/History.ts",
      "src/bus/Ring.ts",
      "layers/bus/MemoryHistory.ts",
      "layers/bus/RedisHistory.ts",
      "layers/bus/redis/"
    ],
    uses: ["contract"]
  },
  bridge: {
    files: ["src/bus/Bridge.ts", "src/bus/Subject.ts", "layers/bus/NatsBridge.ts", "layers/bus/nats/"],
    uses: ["contract"]
  },
  inspection: { files: ["src/bus/inspection/", "layers/bus/inspection/"], uses: ["contract"] },
  telemetry: { files: ["src/bus/telemetry/", "layers/bus/telemetry/"], uses: ["contract"] },
  /** Clients of the bus in this process: they know what any client may know, and publish by the broker. */
  inside: { files: ["layers/bus/inside/"], uses: ["contract", "routing", "telemetry"] },
  /** Names, values, frames and settings. */
  contract: {
    files: [
      "src/bus/BackendSettings.ts",
      "src/bus/Bounds.ts",
      "src/bus/BusError.ts",
      "src/bus/BusErrorReasons.ts",
      "src/bus/BusSettings.ts",
      "src/bus/ChannelName.ts",
      "src/bus/Durability.ts",
      "src/bus/Event.ts",
      "src/bus/Health.ts",
      "src/bus/Message.ts",
      "src/bus/Overflow.ts",
      "src/bus/Position.ts",
      "src/bus/Request.ts",
      "src/bus/Role.ts",
      "src/bus/SubjectToken.ts",
      "src/bus/Version.ts"
    ],
    uses: []
  }
}

/** Files of the bus that put its layers together. */
export const busAssembly: ReadonlyArray<string> = ["layers/bus/Bus.ts", "layers/bus/Door.ts"]
