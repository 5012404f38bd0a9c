/**
 * What this node has said to the others, channel by channel: numbers for what goes out, and an account of what never
 * will. Bounded: the channels that were used last. Plain mutable data for one owner.
 */
import { type ChannelRef, keyOf } from "../../../src/bus/ChannelName.ts"
import type { TenantId } from "../../../src/domain/Ids.ts"
import type { Mark, Stand, Standing } from "./Mark.ts"

/** A message that was numbered. */
export interface Numbered {
  readonly channel: ChannelRef
  readonly mark: Mark
}

interface Count {
  readonly channel: ChannelRef
  readonly run: number
  seq: number
  /** Up to here everything was sent, or is lost. */
  settled: number
}

/** Channels that one standing names; a message of them is small beside what a server takes. */
const mostNamed = 50

export type Account = Pick<Standing, "tenant" | "channels" | "others" | "ended">

export class Spoken {
  readonly life: string
  readonly #most: number
  #runs = 0
  readonly #counts = new Map<string, Count>()
  /** What the others have not been told since it was last said. */
  readonly #untold = new Map<string, Count>()
  readonly #lost = new Map<string, Stand>()
  /** Tenants of which more was lost than is known by name. */
  readonly #others = new Set<TenantId>()
  readonly #tenants = new Set<TenantId>()

  constructor(life: string, most = 65_536) {
    this.life = life
    this.#most = most
  }

  /** The next number of the channel. */
  next(channel: ChannelRef): Mark {
    const key = keyOf(channel)
    const known = this.#counts.get(key)
    const count = known ?? { channel, run: ++this.#runs, seq: 0, settled: 0 }
    count.seq += 1
    // the newest stands last
    if (known !== undefined) this.#counts.delete(key)
    this.#counts.set(key, count)
    if (this.#counts.size > this.#most) {
      for (const oldest of this.#counts.keys()) {
        this.#counts.delete(oldest)
        this.#untold.delete(oldest)
        break
      }
    }
    return { life: this.life, run: count.run, runs: this.#runs, seq: count.seq }
  }

  /** It went out for sure. */
  sent({ channel, mark }: Numbered): void {
    this.#settle(channel, mark)
  }

  /** Channels that it has begun to count. */
  get runs(): number {
    return this.#runs
  }

  /** It will not go out. */
  lost({ channel, mark }: Numbered): void {
    this.#settle(channel, mark)
    const { run, seq } = mark
    const key = keyOf(channel)
    const before = this.#lost.get(key)
    if (before === undefined && this.#lost.size >= this.#most) return void this.#others.add(channel.tenant)
    const goesOn = before?.run === run
    this.#lost.set(key, {
      channel,
      run,
      seq: goesOn ? Math.max(before.seq, seq) : seq,
      lostFrom: goesOn ? Math.min(before.lostFrom, seq) : seq
    })
  }

  get hasLosses(): boolean {
    return this.#lost.size > 0 || this.#others.size > 0
  }

  /** What was lost, to be told before everything else; at most so many messages. */
  losses(most: number): ReadonlyArray<Account> {
    const accounts = accountsOf(this.#lost.values(), most)
    for (const tenant of this.#others) {
      if (accounts.length >= most) break
      accounts.push({ tenant, channels: [], others: true, ended: false })
    }
    return accounts
  }

  /** The others know it; what was lost since is still to be told. */
  toldLosses({ channels, others, tenant }: Account): void {
    if (others) this.#others.delete(tenant)
    for (const one of channels) {
      const key = keyOf(one.channel)
      if (this.#lost.get(key) === one) this.#lost.delete(key)
    }
  }

  /** Somebody of the tenant asks: all is told again. */
  asked(tenant: TenantId): void {
    for (const [key, count] of this.#counts)
      if (count.channel.tenant === tenant && count.settled > 0) this.#untold.set(key, count)
  }

  get hasNews(): boolean {
    return this.#untold.size > 0
  }

  /** How far it has come where that was not told; at most so many messages. */
  news(most: number): ReadonlyArray<Account> {
    const stands = Array.from(this.#untold.values()).slice(0, most * mostNamed)
    return accountsOf(
      stands.map(({ channel, run, settled }) => ({ channel, run, seq: settled, lostFrom: 0 })),
      most
    )
  }

  /** The others know it, but for what was sent since. */
  toldNews({ channels }: Account): void {
    for (const { channel, run, seq } of channels) {
      const count = this.#untold.get(keyOf(channel))
      if (count?.run === run && count.settled === seq) this.#untold.delete(keyOf(channel))
    }
  }

  /** The last words: this node has said nothing but what the others know. */
  end(): ReadonlyArray<Account> {
    return Array.from(this.#tenants, (tenant) => ({ tenant, channels: [], others: false, ended: true }))
  }

  #settle(channel: ChannelRef, { run, seq }: Mark): void {
    this.#tenants.add(channel.tenant)
    const count = this.#counts.get(keyOf(channel))
    if (count === undefined || count.run !== run) return
    count.settled = Math.max(count.settled, seq)
    this.#untold.set(keyOf(channel), count)
  }
}

/** By tenant, each message of so many channels; at most so many messages. */
const accountsOf = (stands: Iterable<Stand>, most: number): Array<Account> => {
  const open = new Map<TenantId, Array<Stand>>()
  const accounts: Array<Account> = []
  for (const stand of stands) {
    const { tenant } = stand.channel
    const known = open.get(tenant)
    if (known !== undefined && known.length < mostNamed) {
      known.push(stand)
      continue
    }
    if (accounts.length >= most) break
    const channels = [stand]
    open.set(tenant, channels)
    accounts.push({ tenant, channels, others: false, ended: false })
  }
  return accounts
}
