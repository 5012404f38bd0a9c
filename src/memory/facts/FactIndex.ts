/**
 * What folding statements needs to look up and to write, synchronously: rows of one scope in a transaction, or a map.
 */
import type { Derived, Entity } from "./Fact.ts"

export interface EntityRow extends Entity {
  /** The last word of its role, in the singular: "sister" of "older sisters". */
  readonly head: string | undefined
  /** Its name for comparing. */
  readonly key: string | undefined
  /** The statement that spoke of it last. */
  readonly last: number
}

export interface FactIndex {
  /** By owner and head of the role, and by name: the newest first, at most `limit`. */
  readonly byRole: (owner: number, head: string, limit: number) => ReadonlyArray<EntityRow>
  readonly byName: (key: string, limit: number) => ReadonlyArray<EntityRow>
  readonly entity: (id: number) => EntityRow | undefined
  readonly addEntity: (row: Omit<EntityRow, "id">) => EntityRow
  readonly putEntity: (row: EntityRow) => void
  /**
   * What is said of an entity under this attribute and still counts (`holds`, `ended` or `denied`), oldest first: with one
   * of these keys, with a slot, or of another being. What else there is, thousands of events maybe, concerns nobody.
   */
  readonly ofAttribute: (entity: number, attribute: string, keys: ReadonlyArray<string>) => ReadonlyArray<Derived>
  readonly row: (n: number) => Derived | undefined
  /** What only ended others of this attribute: "I quit my job", whatever the job was. */
  readonly enders: (entity: number, attribute: string) => ReadonlyArray<Derived>
  readonly put: (row: Derived) => void
}
