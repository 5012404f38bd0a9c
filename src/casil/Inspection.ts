/** The inspection of one block under a policy: text in, in pieces of any size; text that may travel on, and why, out. */
import type { Automaton } from "./Automaton.ts"
import { Engine } from "./Engine.ts"
import type { CasilPolicy } from "./Policy.ts"
import { byteLength, fit } from "./Utf8.ts"
import type { Names } from "./Names.ts"
import type { ReasonCode, Verdict } from "./Verdict.ts"

/** A policy made ready to inspect with. */
export interface Compiled {
  readonly policy: CasilPolicy
  readonly automaton: Automaton
  readonly names: Names
  readonly hash: string
}

/** What stands where a secret was. */
export const redaction = (rule: string): string => `[redacted:${rule}]`

/** Why a block may not pass. */
export interface Stop {
  readonly reason: ReasonCode
  readonly rules: ReadonlyArray<string>
}

/** What may be delivered now, what was found in it, and whether anything may follow. */
export interface Delivery {
  readonly text: string
  readonly rules: ReadonlyArray<string>
  readonly spans: ReadonlyArray<readonly [number, number]>
  readonly stop?: Stop
}

const unique = (rules: ReadonlyArray<string>): ReadonlyArray<string> => (rules.length < 2 ? rules : [...new Set(rules)])

/** Limits are per block: the texts of one block share a meter. */
export class Meter {
  /** UTF-8 bytes seen, and how many of them were inspected. */
  bytes = 0
  inspected = 0

  /** Bytes that were inspected. */
  add(bytes: number): void {
    this.bytes += bytes
    this.inspected += bytes
  }

  get extent(): Verdict["inspected"] {
    return this.inspected === this.bytes ? "full" : { partial: this.inspected }
  }
}

export class Inspection {
  readonly #compiled: Compiled
  readonly #engine: Engine
  readonly #enforce: boolean
  readonly #meter: Meter
  #delivered = 0

  constructor(compiled: Compiled, meter: Meter) {
    const { automaton, policy } = compiled
    this.#compiled = compiled
    this.#enforce = policy.mode === "enforce"
    this.#engine = new Engine(automaton, this.#enforce && policy.onSecret === "block")
    this.#meter = meter
    if (meter.inspected < meter.bytes) this.#engine.endAt(0)
  }

  /** Characters offered to candidates: the cost beyond one look at each character. */
  get steps(): number {
    return this.#engine.steps
  }

  /** What was taken and neither delivered nor dropped: for a policy that lets it pass when inspection has failed. */
  get undelivered(): string {
    return this.#engine.rest(this.#delivered)
  }

  push(piece: string): Delivery {
    const { maxInspectBytes, maxPayloadBytes, oversize } = this.#compiled.policy.limits
    const engine = this.#engine
    const meter = this.#meter
    const before = meter.bytes
    meter.bytes += byteLength(piece)
    if (meter.bytes <= maxInspectBytes) meter.inspected = meter.bytes
    else if (meter.inspected === before) {
      const prefix = fit(piece, maxInspectBytes - before)
      meter.inspected += prefix.bytes
      engine.endAt(engine.position + prefix.units)
    }
    let stop: Stop | undefined
    let passing = piece
    if (this.#enforce && oversize !== "allow") {
      const room = oversize === "block" ? Math.min(maxInspectBytes, maxPayloadBytes) : maxPayloadBytes
      if (meter.bytes > room) {
        passing = piece.slice(0, fit(piece, Math.max(0, room - before)).units)
        stop = { reason: "CASIL_POLICY_OVERSIZE", rules: [] }
      }
    }
    engine.push(passing)
    return this.#deliver(engine.decided, stop)
  }

  finish(): Delivery {
    this.#engine.end()
    return this.#deliver(this.#engine.position)
  }

  #deliver(decided: number, oversize?: Stop): Delivery {
    const engine = this.#engine
    let to = decided
    let stop = oversize
    if (engine.stopped) {
      const rules = unique(engine.matches.map(({ rule }) => rule))
      for (const { start } of engine.matches) to = Math.min(to, start)
      stop = { reason: "CASIL_POLICY_BLOCKED_SECRET", rules }
    }
    const found = engine.matches.filter(({ end }) => end <= to).sort((a, b) => a.start - b.start || b.end - a.end)
    const rules: Array<string> = []
    const spans: Array<readonly [number, number]> = []
    let text = ""
    let at = this.#delivered
    for (let i = 0; i < found.length;) {
      const first = found[i]
      if (first === undefined) break
      let end = first.end
      for (; i < found.length; i++) {
        const next = found[i]
        if (next === undefined || (next.start >= end && next !== first)) break
        end = Math.max(end, next.end)
        rules.push(next.rule)
      }
      spans.push([first.start, end])
      if (this.#enforce) {
        text += engine.slice(at, first.start) + redaction(first.rule)
        at = end
      }
    }
    text += engine.slice(at, to)
    this.#delivered = to
    engine.forget(to)
    return stop === undefined ? { text, rules: unique(rules), spans } : { text, rules: unique(rules), spans, stop }
  }
}
