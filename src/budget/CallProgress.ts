/** What is known of one call while it runs. Says nothing about who may change it: the ledger keeps it behind the permit. */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type { JsonObject } from "../domain/Json.ts"
import type { Evidence } from "./Settlement.ts"
import * as Schema from "effect/Schema"
import { larger, Usage } from "./Usage.ts"

const isUsage = Schema.is(Usage)

/** What to run, for at most `within`, to learn the usage of a call that was cut. */
export interface Drain {
  readonly effect: Effect.Effect<unknown>
  readonly within: Duration.Input
}

export class CallProgress {
  #opened = false
  #began = false
  #refused = false
  #usage: Usage | undefined
  #final = false
  #shrank = false
  #raw: JsonObject | undefined
  #delivered = 0
  #drain: Drain | undefined

  opened(): void {
    this.#opened = true
  }
  began(): void {
    this.#began = true
  }
  refused(): void {
    this.#refused = true
  }
  /** Whoever says anything has begun; a usage that is not made of non-negative integers says nothing else. */
  used(usage: Usage, final: boolean, raw?: JsonObject): void {
    this.#began = true
    if (!isUsage(usage)) return
    const merged = larger(this.#usage, usage)
    this.#usage = merged.usage
    this.#shrank ||= merged.shrank
    this.#raw = raw ?? this.#raw
    this.#final ||= final
  }
  /** True where that is more than was known. */
  delivered(tokens: number): boolean {
    const more = tokens > this.#delivered
    if (more) this.#delivered = Math.ceil(tokens)
    return more
  }
  drained(drain: Drain): void {
    this.#drain = drain
  }

  /** A call that was never opened, or definitely refused before it began, used nothing. */
  get evidence(): Evidence {
    return {
      unused: !this.#opened || (this.#refused && !this.#began),
      usage: this.#usage,
      final: this.#final,
      delivered: this.#delivered,
      ...(this.#shrank ? { shrank: true } : {}),
      ...(this.#raw === undefined ? {} : { raw: this.#raw })
    }
  }
  /** The drain asked for; none where the outcome is certain without it. */
  get drain(): Drain | undefined {
    const { unused, final } = this.evidence
    return unused || final ? undefined : this.#drain
  }
}
