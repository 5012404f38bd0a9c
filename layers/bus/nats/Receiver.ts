/** Takes what comes: each relay of another node once, in order, until it is delivered. */
import type { Relay } from "../../../src/bus/Bridge.ts"
import * as Subject from "../../../src/bus/Subject.ts"
import { type Carrier, wait } from "./Carrier.ts"
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
  readonly onTwin: (relay: Relay) => void
}

export const subjectOf = (relay: Relay): string =>
  relay._tag === "message" ? Subject.ofChannel(relay.channel) : Subject.ofPrivate(relay.tenant)

export class Receiver {
  readonly #options: Options
  readonly #delivered = new Seen(remembered)
  readonly #sent = new Seen(remembered)
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
    const relay = this.#read(subject, bytes)
    if (relay === undefined) {
      this.#refused += 1
      return
    }
    if (relay.node === this.#options.node) {
      if (!this.#sent.has(relay.id)) this.#options.onTwin(relay)
      return
    }
    if (this.#delivered.has(relay.id)) return
    await this.#options.deliver(relay)
    this.#delivered.add(relay.id)
  }

  #read(subject: string, bytes: Uint8Array): Relay | undefined {
    try {
      const relay = RelayWire.decode(bytes)
      // who may write to the subjects of one tenant has nothing to say to another
      return subjectOf(relay) === subject ? relay : undefined
    } catch {
      return undefined
    }
  }
}
