/**
 * What this node has heard of the others, and from that what it has not: each node numbers what it says, channel by
 * channel. Who is heard for the first time begins where it stands. Bounded: what was heard last. Plain mutable data for
 * one owner.
 */
import { type ChannelRef, keyOf } from "../../../src/bus/ChannelName.ts"
import type { TenantId } from "../../../src/domain/Ids.ts"
import type { Mark, Stand, Standing } from "./Mark.ts"

/** Messages of a channel that do not come; `missing` 0 where nobody knows how many, nor whether there are any. */
export interface Missing {
  readonly channel: ChannelRef
  readonly missing: number
}

/** Lives of one node that are known as over. */
const mostLives = 16

/** A node, as far as one tenant hears it: who may speak for one tenant says nothing about another. */
interface Speaker {
  life: string
  past: ReadonlyArray<string>
  /** What it began to count up to here, it may have begun before it was heard; of the rest everything should come. */
  begun: number
  ended: boolean
}

interface Place {
  readonly channel: ChannelRef
  readonly speaker: Speaker
  readonly life: string
  readonly run: number
  readonly seq: number
}

const nothing: ReadonlyArray<Missing> = []

export class Heard {
  readonly #most: number
  readonly #speakers = new Map<string, Speaker>()
  readonly #places = new Map<string, Place>()
  readonly #tenants = new Map<TenantId, number>()

  constructor(most = 65_536) {
    this.#most = most
  }

  /** Tenants of which something was heard. */
  get tenants(): ReadonlyArray<TenantId> {
    return [...this.#tenants.keys()]
  }

  /** A message came. What should have come before it. */
  message(node: string, channel: ChannelRef, mark: Mark): ReadonlyArray<Missing> {
    const over = this.#live(node, channel.tenant, mark.life, mark.runs)
    if (over === undefined) return nothing
    return [...over.missing, ...this.#reach(over.speaker, node, { channel, ...mark, lostFrom: 0 }, mark.seq)]
  }

  /** A node says where it stands. What of it never came. */
  standing({ channels, ended, life, node, others, runs, tenant }: Standing): ReadonlyArray<Missing> {
    const over = this.#live(node, tenant, life, runs)
    if (over === undefined) return nothing
    const { speaker } = over
    const missing = [...over.missing]
    for (const stand of channels) missing.push(...this.#reach(speaker, node, stand, stand.seq + 1))
    if (others) missing.push(...this.#allOf(speaker))
    speaker.ended ||= ended
    return missing
  }

  /** The node as it is now, and what an earlier life of it may have left unsaid; undefined where this one is over. */
  #live(node: string, tenant: TenantId, life: string, runs: number) {
    const key = `${tenant}\n${node}`
    const known = this.#speakers.get(key)
    if (known === undefined) {
      const speaker: Speaker = { life, past: [], begun: runs, ended: false }
      this.#remember(key, tenant, speaker)
      return { speaker, missing: nothing }
    }
    if (known.life === life) return { speaker: known, missing: nothing }
    if (known.past.includes(life)) return undefined
    // it came to be after it was heard: whatever it has said should have come
    const missing = known.ended ? nothing : this.#allOf(known)
    known.past = [known.life, ...known.past].slice(0, mostLives)
    known.life = life
    known.begun = 0
    known.ended = false
    return { speaker: known, missing }
  }

  /** The channel has come to where it stands, and should have been heard up to before `next`. */
  #reach(speaker: Speaker, node: string, { channel, lostFrom, run, seq }: Stand, next: number): ReadonlyArray<Missing> {
    const { life } = speaker
    const key = `${node}\n${keyOf(channel)}`
    const place = this.#places.get(key)
    const here = place?.life === life ? place : undefined
    if (here !== undefined && here.run > run) return nothing
    const goesOn = here?.run === run
    const isNew = here !== undefined || run > speaker.begun
    // who was not there when the channel began to be counted begins where it is, but for what is said to be lost
    const from = goesOn ? here.seq + 1 : isNew ? 1 : lostFrom > 0 ? lostFrom : next
    this.#places.delete(key)
    this.#places.set(key, { channel, speaker, life, run, seq: goesOn ? Math.max(here.seq, seq) : seq })
    if (this.#places.size > this.#most) {
      for (const [oldest, { run: begun, speaker: of }] of this.#places) {
        this.#places.delete(oldest)
        // where it stands is forgotten: it begins anew like one that was never heard
        of.begun = Math.max(of.begun, begun)
        break
      }
    }
    return next > from ? [{ channel, missing: next - from }] : nothing
  }

  #allOf(speaker: Speaker): ReadonlyArray<Missing> {
    const all: Array<Missing> = []
    for (const place of this.#places.values())
      if (place.speaker === speaker) all.push({ channel: place.channel, missing: 0 })
    return all
  }

  #remember(key: string, tenant: TenantId, speaker: Speaker): void {
    this.#speakers.set(key, speaker)
    this.#tenants.set(tenant, (this.#tenants.get(tenant) ?? 0) + 1)
    if (this.#speakers.size <= this.#most) return
    for (const oldest of this.#speakers.keys()) {
      this.#speakers.delete(oldest)
      const of = oldest.slice(0, oldest.indexOf("\n")) as TenantId
      const left = (this.#tenants.get(of) ?? 1) - 1
      if (left > 0) this.#tenants.set(of, left)
      else this.#tenants.delete(of)
      break
    }
  }
}
