/** Takes what comes: each relay of another node once, in order, until it is delivered; and notices what does not. */
import type { Relay, Said } from "../../../src/bus/Bridge.ts"
import type { TenantId } from "../../../src/domain/Ids.ts"
import * as Subject from "../../../src/bus/Subject.ts"
import { type Carrier, wait } from "./Carrier.ts"
import { Heard, type Missing } from "./Heard.ts"
import type { Asking, Standing } from "./Mark.ts"
import * as RelayWire from "./RelayWire.ts"
import { Seen } from "./Seen.ts"

/** Ids that are known as delivered; more than any consumer goes back. */
const remembered = 65_536
/** Milliseconds after reading ended by itself. */
const pause = 500

export interface Options {
  readonly node: string
  /** Resolves when it was delivered, however often that has to be tried. */
  readonly deliver: (relay: Relay) => Promise<void>
  /** Reading ended, and why. */
  readonly onFailure: (error: unknown) => void
  /** A relay under this node's name that it did not send. */
  readonly onTwin: (relay: Said) => void
  /** Another node asks what was said for the tenant. */
  readonly onAsked: (tenant: TenantId) => void
  /** It reads from now on; what was said before, for these tenants, may not have come. */
  readonly onReading: (tenants: ReadonlyArray<TenantId>) => void
}

export const subjectOf = (relay: Said | Standing | Asking): string => {
  if (relay._tag === "message") return Subject.ofChannel(relay.channel)
  return relay._tag === "private" ? Subject.ofPrivate(relay.tenant) : Subject.ofNodes(relay.tenant)
}

export class Receiver {
  readonly #options: Options
  readonly #delivered = new Seen(remembered)
  readonly #sent = new Seen(remembered)
  readonly #heard = new Heard()
  #stop: () => void = () => undefined
  #ended: Promise<void> = Promise.resolve()
  #refused = 0

  constructor(options: Options) {
    this.#options = options
  }

  /** What came and was none of the bus's. */
  get refused(): number {
    return this.#refused
  }

  /** This node has sent it. */
  sent(id: string): void {
    this.#sent.add(id)
  }

  /** Reads from here on, and begins anew whenever that ends by itself. */
  up(carrier: Carrier): void {
    this.down()
    const reading = { isOver: false, end: () => undefined as void }
    const before = this.#ended
    const read = async (): Promise<void> => {
      // nothing overtakes what is just being delivered
      await before
      while (!reading.isOver) {
        const current = carrier.listen((subject, bytes) => this.#take(subject, bytes))
        reading.end = current.stop
        this.#options.onReading(this.#heard.tenants)
        await current.ended.catch((error: unknown) => {
          if (!reading.isOver) this.#options.onFailure(error)
        })
        if (!reading.isOver) await wait(pause)
      }
    }
    this.#stop = () => {
      reading.isOver = true
      reading.end()
    }
    this.#ended = read()
  }

  down(): void {
    this.#stop()
    this.#stop = () => undefined
  }

  async #take(subject: string, bytes: Uint8Array): Promise<void> {
    const written = this.#read(subject, bytes)
    if (written === undefined) {
      this.#refused += 1
      return
    }
    const { mark, what } = written
    if (what.node === this.#options.node) {
      const isSaid = what._tag === "message" || what._tag === "private"
      if (isSaid && !this.#sent.has(what.id)) this.#options.onTwin(what)
      return
    }
    if (this.#delivered.has(what.id)) return
    switch (what._tag) {
      case "asking":
        this.#options.onAsked(what.tenant)
        break
      case "standing":
        await this.#tell(what, this.#heard.standing(what))
        break
      case "message":
        if (mark !== undefined) await this.#tell(what, this.#heard.message(what.node, what.channel, mark))
        await this.#options.deliver(what)
        break
      case "private":
        await this.#options.deliver(what)
    }
    this.#delivered.add(what.id)
  }

  /** What did not come is told before what did. */
  async #tell({ id, node }: Said | Standing, all: ReadonlyArray<Missing>): Promise<void> {
    for (const [index, { channel, missing }] of all.entries())
      await this.#options.deliver({ _tag: "lost", node, id: `lost ${id} ${index}`, channel, missing })
  }

  #read(subject: string, bytes: Uint8Array): RelayWire.Written | undefined {
    try {
      const written = RelayWire.decode(bytes)
      // who may write to the subjects of one tenant has nothing to say to another
      return subjectOf(written.what) === subject ? written : undefined
    } catch {
      return undefined
    }
  }
}
