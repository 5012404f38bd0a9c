/** A number that is written in a known form: how it looks, what proves it, what it is called. */

export interface NumberKind {
  /** Begins with `pii-`. */
  readonly id: string
  /** Who gives such numbers out, and where it is said how they are made. */
  readonly source: string
  /** Forms that nothing else has: 9 stands for a digit, A for a letter, anything else for itself. */
  readonly alone?: ReadonlyArray<string>
  /** Forms that other numbers have too: they count where the number is called by one of `names`. */
  readonly named?: ReadonlyArray<string>
  /** Small letters. Five characters and more may be part of a word. */
  readonly names: ReadonlyArray<string>
  /** Whether letters and digits, without what separates them and in capitals, are genuine. */
  readonly proves: (compact: string, isNamed: boolean) => boolean
  /** Made-up numbers of it; each is found as it stands if it has a form of `alone`, else after a name. */
  readonly examples: ReadonlyArray<string>
  /** Numbers of its form that are not genuine. */
  readonly counterExamples: ReadonlyArray<string>
}
