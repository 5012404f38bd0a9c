/** `Secrets` that are gone with their scope. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as LeakScan from "../../src/secret/LeakScan.ts"
import { SecretError, UnfitValue } from "../../src/secret/SecretError.ts"
import { SecretName, unfit } from "../../src/secret/SecretName.ts"
import { type SecretInfo, Secrets } from "../../src/secret/Secrets.ts"

interface Kept {
  readonly info: SecretInfo
  readonly value: Redacted.Redacted<string>
}

const make = (initial: Readonly<Record<string, string>>) => {
  const kept = new Map<SecretName, Kept>()
  for (const [text, value] of Object.entries(initial)) {
    const name = SecretName.make(text)
    kept.set(name, { info: { name, createdAt: 0, updatedAt: 0 }, value: Redacted.make(value, { label: "secret" }) })
  }
  const scanner = () => LeakScan.make(Array.from(kept.values(), ({ value }) => Redacted.value(value)))
  let leaks = scanner()
  return Secrets.of({
    set: Effect.fnUntraced(function* (name: SecretName, value: Redacted.Redacted<string>) {
      const why = unfit(Redacted.value(value))
      if (why !== undefined) return yield* new SecretError({ reason: new UnfitValue({ why }) })
      const updatedAt = yield* Clock.currentTimeMillis
      const info = { name, createdAt: kept.get(name)?.info.createdAt ?? updatedAt, updatedAt }
      kept.set(name, { info, value })
      leaks = scanner()
      return info
    }),
    remove: (name) =>
      Effect.sync(() => {
        const removed = kept.delete(name)
        leaks = scanner()
        return removed
      }),
    get: (name) => Effect.sync(() => kept.get(name)?.value),
    list: Effect.sync(() => Array.from(kept.values(), ({ info }) => info).sort((a, b) => (a.name < b.name ? -1 : 1))),
    leaks: Effect.sync(() => leaks)
  })
}

export const layerMemory: Layer.Layer<Secrets> = Layer.sync(Secrets, () => make({}))

/** With these values from the beginning. */
export const layerTest = (values: Readonly<Record<string, string>>): Layer.Layer<Secrets> =>
  Layer.sync(Secrets, () => make(values))
