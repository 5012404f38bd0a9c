/** A metric with labels, each series of it made once: making one costs more than an update. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"

/** Series of one metric; what comes beyond them is counted together. */
export const maxSeries = 500
const ignore = (): void => undefined
/** The value of every label of the series that takes what is beyond. */
export const beyond = "_other"

/**
 * `Label`s take values of closed sets: of the code or of the configuration, never of a message. Should one not be closed
 * after all, the number of series still is. An empty value leaves its label out.
 */
export class Series<Label extends string> {
  readonly #make: (labels: Readonly<Record<string, string>>) => Metric.Metric<number, unknown>
  readonly #labels: ReadonlyArray<Label>
  readonly #known = new Map<string, Metric.Metric<number, unknown>>()

  constructor(
    make: (labels: Readonly<Record<string, string>>) => Metric.Metric<number, unknown>,
    labels: ReadonlyArray<Label>
  ) {
    this.#make = make
    this.#labels = labels
  }

  /** Counts, observes or sets, as the metric does. */
  record(labels: Readonly<Record<Label, string>>, value: number): Effect.Effect<void> {
    return Metric.update(this.#of(labels), value)
  }

  /** The same where no Effect runs, or where one knows its `context`. */
  recordUnsafe(
    labels: Readonly<Record<Label, string>>,
    value: number,
    context: Context.Context<never> = Context.empty()
  ): void {
    this.#of(labels).updateUnsafe(value, context)
  }

  /**
   * A series that is read when somebody asks for it: for what is counted too often to look a series up each time. `read`
   * gives the metric's state, and replaces whoever gave it before. False where there are too many series: then it is to
   * be recorded.
   */
  source(labels: Readonly<Record<Label, string>>, read: () => unknown): boolean {
    if (this.#known.size > maxSeries && !this.#known.has(this.#keyOf(labels))) return false
    Metric.registerUnsafe(this.#of(labels), Context.empty(), { get: read, update: ignore, modify: ignore })
    return true
  }

  #keyOf(labels: Readonly<Record<Label, string>>): string {
    return this.#labels.map((label) => labels[label]).join("\n")
  }

  #of(labels: Readonly<Record<Label, string>>): Metric.Metric<number, unknown> {
    const key = this.#keyOf(labels)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    if (this.#known.size > maxSeries) return this.#rest
    const given = Object.fromEntries(
      this.#labels.flatMap((label) => (labels[label] === "" ? [] : [[label, labels[label]]]))
    )
    const made = this.#make(given)
    this.#known.set(key, made)
    return made
  }

  get #rest(): Metric.Metric<number, unknown> {
    const known = this.#known.get(beyond)
    if (known !== undefined) return known
    const made = this.#make(Object.fromEntries(this.#labels.map((label) => [label, beyond])))
    this.#known.set(beyond, made)
    return made
  }
}
