/**
 * The host functions of a gateway for a plugin that is tried without one: the network is real, and secrets are whatever
 * the caller provides; everything else is in memory.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { Casil } from "../../../src/casil/Casil.ts"
import { Entropy } from "../../../src/domain/Entropy.ts"
import { Egress } from "../../../src/egress/Egress.ts"
import type { BusPublisher } from "../../../src/sandbox/BusPublisher.ts"
import { type HostFunction, open } from "../../../src/sandbox/HostFunction.ts"
import { SecretName } from "../../../src/secret/SecretName.ts"
import { Secrets } from "../../../src/secret/Secrets.ts"
import { credentials } from "../../../src/secret/SecretUse.ts"
import * as MemoryAudit from "../../audit/MemoryAudit.ts"
import * as NodeEgress from "../../egress/NodeEgress.ts"
import * as NodeResolver from "../../egress/NodeResolver.ts"
import * as NodeEntropy from "../../platform/NodeEntropy.ts"
import { busPublish } from "../../sandbox/host/BusPublish.ts"
import { now } from "../../sandbox/host/Clock.ts"
import { type CredentialsFor, http } from "../../sandbox/host/Http.ts"
import { kv } from "../../sandbox/host/Kv.ts"
import { modelComplete } from "../../sandbox/host/ModelComplete.ts"
import { random } from "../../sandbox/host/Random.ts"
import { secretExists } from "../../sandbox/host/Secret.ts"
import * as SqliteStore from "../../store/SqliteStore.ts"
import { Store, type StoreError } from "../../store/Store.ts"

const levels = ["trace", "debug", "info", "warn", "error"] as const

export interface LogLine {
  readonly level: (typeof levels)[number]
  readonly message: string
}

export interface Host {
  readonly functions: ReadonlyArray<HostFunction>
  /** Names of those that were called, in order. */
  readonly calls: ReadonlyArray<string>
  readonly log: ReadonlyArray<LogLine>
}

/** A bus of nobody else: every message is taken, and reaches no one. */
const trialBus = (): BusPublisher["Service"] => {
  let offset = 0
  return {
    publish: () => Effect.sync(() => ({ epoch: "trial", offset: ++offset, delivered: 0, durability: "none" }))
  }
}

/** What a model is in a trial: nobody is asked, nothing is spent. */
const standIn = (prompt: string): string => `(a model's answer to: ${prompt.slice(0, 80)})`

/** The functions, and what they heard. */
export const trialHost: Effect.Effect<Host, never, Casil | Store | Entropy | Egress | Secrets> = Effect.gen(
  function* () {
    const calls: Array<string> = []
    const lines: Array<LogLine> = []
    const log = open({
      name: "log",
      argument: Schema.Struct({ level: Schema.Literals(levels), message: Schema.String }),
      run: (line) =>
        Effect.sync(() => {
          lines.push(line)
          return null
        })
    })
    const secrets = yield* Secrets
    const credentialsFor: CredentialsFor = (names) =>
      credentials(
        secrets,
        names.map((name) => SecretName.make(name))
      )
    const functions = [
      log,
      now,
      random(yield* Entropy),
      ...kv(yield* Store),
      busPublish(trialBus(), yield* Casil),
      modelComplete(({ prompt }) => Effect.succeed(standIn(prompt))),
      secretExists(secrets),
      http(yield* Egress, credentialsFor)
    ].map((known): HostFunction => ({
      ...known,
      call: (argument, call) => {
        calls.push(known.name)
        return known.call(argument, call)
      }
    }))
    return { functions, calls, log: lines }
  }
)

/** What `trialHost` needs beside secrets. */
export const layer: Layer.Layer<Casil | Store | Entropy | Egress, StoreError> = Layer.mergeAll(
  Casil.layerOff,
  SqliteStore.layerMemory,
  NodeEntropy.layer,
  NodeEgress.layer.pipe(Layer.provide(Layer.mergeAll(MemoryAudit.layerMemory, NodeResolver.layer)))
)
