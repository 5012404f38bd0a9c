/** A tool call whose arguments arrive in pieces. */
import type { ModelPart } from "../../src/model/ModelRequest.ts"
import { isObject, parse } from "./Json.ts"

/** The most text that one call's arguments may have, in code units. */
export const maxArguments = 1_048_576

export class ToolCallBuilder {
  readonly id: string
  readonly name: string
  #pieces: Array<string> = []
  #length = 0
  constructor(id: string, name: string) {
    this.id = id
    this.name = name
  }

  start(): ModelPart {
    return { type: "tool-params-start", id: this.id, name: this.name }
  }
  /** Undefined once the arguments have grown over the limit. */
  add(piece: string): ModelPart | undefined {
    this.#pieces.push(piece)
    this.#length += piece.length
    return this.#length > maxArguments ? undefined : { type: "tool-params-delta", id: this.id, delta: piece }
  }
  /**
   * The call. Arguments that are no JSON object stay the text they came as: whoever runs tools tells the model so,
   * and nothing is guessed.
   */
  finish(): ReadonlyArray<ModelPart> {
    const text = this.#pieces.join("")
    const value = text.trim() === "" ? {} : parse(text)
    const params = isObject(value) ? value : text
    return [
      { type: "tool-params-end", id: this.id },
      { type: "tool-call", id: this.id, name: this.name, params }
    ]
  }
}
