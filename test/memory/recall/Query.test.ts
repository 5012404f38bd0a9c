import { assert, describe, it } from "@effect/vitest"
import { analyseQuery } from "../../../src/memory/recall/Query.ts"

const aboutYou = (text: string): boolean => analyseQuery(text, 0).aboutYou

describe("what a question is about", () => {
  it("is what the assistant said, where it tells of that", () => {
    for (const text of [
      "Which book did you recommend?",
      "What have you already told me about the violin?",
      "You said that the train leaves at nine.",
      "the hotel you've suggested",
      "What was your advice on the garden?",
      "Can you list the books that you gave me?"
    ]) {
      assert.isTrue(aboutYou(text), text)
    }
  })

  it("is not what the assistant said, where the assistant is only asked to say something", () => {
    for (const text of [
      "Can you list what I told about the garden, in order?",
      "Could you give me a summary of my plans?",
      "What do you suggest for the weekend?",
      "Would you explain how I set up the database?",
      "Please can you tell me when my lease ends?",
      "I told you about the violin."
    ]) {
      assert.isFalse(aboutYou(text), text)
    }
  })
})
