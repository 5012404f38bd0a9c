/** Which verbs say what. */
import * as Being from "./Being.ts"
import type { Clause, Found } from "./Clause.ts"
import { wordSet } from "./Cursor.ts"
import * as Having from "./Having.ts"
import * as Liking from "./Liking.ts"
import * as Moving from "./Moving.ts"

const predicates: ReadonlyMap<string, (clause: Clause) => Found | undefined> = new Map([
  ["be", Being.is],
  ["have", Having.has],
  ["own", Having.has],
  ["adopt", Having.gets],
  ["buy", Having.gets],
  [
    "get",
    (clause: Clause) =>
      Moving.changesWork(clause) ?? Having.losesThing(clause) ?? Having.gets(clause) ?? Liking.getsMarried(clause)
  ],
  ["sell", Having.losesThing],
  ["lose", (clause: Clause) => Moving.changesWork(clause) ?? Having.losesThing(clause)],
  ["live", Moving.lives],
  ["reside", Moving.lives],
  ["move", Moving.moves],
  ["relocate", Moving.moves],
  ["work", Moving.works],
  ["join", Moving.changesWork],
  ["leave", Moving.changesWork],
  ["quit", Moving.changesWork],
  ["start", Moving.changesWork],
  ["like", Liking.likes],
  ["love", Liking.likes],
  ["enjoy", Liking.likes],
  ["adore", Liking.likes],
  ["hate", Liking.likes],
  ["dislike", Liking.likes],
  ["detest", Liking.likes],
  ["stand", Liking.likes],
  ["prefer", Liking.prefers],
  ["eat", Liking.habit],
  ["drink", Liking.habit],
  ["study", Liking.habit],
  ["speak", Liking.habit],
  ["play", Liking.habit],
  ["drive", Liking.habit],
  ["collect", Liking.habit],
  ["teach", Liking.habit],
  ["weigh", Liking.habit],
  ["marry", Liking.marries],
  ["divorce", Liking.marries],
  ["name", Being.names],
  ["grow", Being.grewUp],
  ["die", Being.died],
  ["pass", Being.died],
  ["retire", Moving.retires]
])
/** What is believed of somebody who was only named, without having been introduced. */
const ofStrangers = wordSet(
  "be have live reside move relocate work like love hate marry play speak study own adopt die grow"
)

/** What a clause states, where its verb is one of ours. */
export const understand = (clause: Clause): Found | undefined => {
  const { subject, verb } = clause
  // "Feels like", "Almost like": who has a name lives, likes, or did
  const isStranger = subject.about.role === undefined
  if (isStranger && (!ofStrangers.has(verb.lemma) || subject.property !== undefined)) return undefined
  if (isStranger && verb.lemma === verb.form && !verb.denied) return undefined
  if (subject.property !== undefined && verb.lemma !== "be") return undefined
  return predicates.get(verb.lemma)?.(clause)
}
