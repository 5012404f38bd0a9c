/**
 * A fact as a sentence about the user, for a model to read. What was said stands in quotation marks and on one line, so
 * that it is data whatever it says (threats row 27); the day it was said stands before it.
 */
import { iso } from "../extract/Civil.ts"
import type { Entity, Fact } from "./Fact.ts"
import { instruction } from "./Statement.ts"

/** Quoted, on one line; what looks like a quotation mark in it is none. */
export const quote = (text: string): string => JSON.stringify(text.replace(/[\p{Zl}\p{Zp}\p{Cc}]+/gu, " "))

/** A few words and nothing between them: what rules and people call a role or a property. */
const plain = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:[ '\u2019&@_.-]?[\p{L}\p{M}\p{N}+#]+)*$/u
const mostWords = 5

/** The name of a role or of a property, which a file may have brought: quoted too where it looks like more than a name. */
const term = (name: string): string =>
  name.length <= 100 && plain.test(name) && name.split(" ").length <= mostWords ? name : quote(name)

const being = (entity: Entity, owner: Entity | undefined): string => {
  if (entity.role === "me") return "the user"
  const name = entity.name === undefined ? "" : quote(entity.name)
  if (entity.role === undefined) return name === "" ? "somebody" : name
  const whose =
    owner === undefined || owner.role === "me"
      ? "the user's"
      : `${owner.name === undefined ? `the user's ${term(owner.role ?? "")}` : quote(owner.name)}'s`
  return `${whose} ${term(entity.role)}${name === "" ? "" : ` ${name}`}`
}

/** Attributes that are told with "is" before them. */
const withBe = new Set(["allergic to", "afraid of", "married to", "engaged to", "born in"])
/** Attributes that are verbs. */
const verbs =
  /^(?:lives|works|comes|grew|likes|dislikes|prefers|speaks|plays|drives|collects|teaches|studies|weighs|does|has|graduated)\b/

const sentence = ({ about, attribute, objectEntity, origin, owner, value }: Fact): string => {
  const subject = being(about, owner)
  const said = quote(value)
  switch (attribute) {
    case instruction:
      return said
    case "note":
      return origin === "import" ? `a note says: ${said}` : `${subject} asked to remember: ${said}`
    case "event":
      return `${subject}: ${said}`
    case "name":
      // its own name would say it twice
      return about.role === "me"
        ? `the user's name is ${said}`
        : `${being({ ...about, name: undefined }, owner)} is called ${said}`
    case "age":
      return `${subject} was ${said} years old`
    case "born":
      return `${subject} was born: ${said}`
    case "is":
      return `${subject} is ${said}`
    default: {
      if (attribute === "has" && objectEntity?.name !== undefined) {
        return `${subject} has ${said}, called ${quote(objectEntity.name)}`
      }
      if (verbs.test(attribute)) return `${subject} ${term(attribute)} ${said}`
      if (withBe.has(attribute)) return `${subject} is ${attribute} ${said}`
      return `${subject}'s ${term(attribute)} is ${said}`
    }
  }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const span = ({ attribute, from, status, until }: Fact): string => {
  // an event has its day in its words, and an age is of the day it was said
  if (attribute === "event" || attribute === "age") return ""
  if (status === "ended") return until === undefined ? " (not any more)" : ` (until ${iso(until)})`
  return from === undefined ? "" : ` (from ${iso(from)})`
}

/** One line, without a line end: `- [2026-03-11] The user's dog is called "Luna".` */
export const lineOf = (fact: Fact): string => {
  const text = sentence(fact)
  const told =
    fact.status === "denied" ? `It is not so that ${text}` : fact.attribute === instruction ? text : capital(text)
  // nobody knows who wrote a file: the user did not say it here
  const whence = fact.origin === "import" ? " (imported)" : ""
  return `- [${iso(fact.day)}] ${told}${span(fact)}${whence}${fact.attribute === instruction ? "" : "."}`
}
