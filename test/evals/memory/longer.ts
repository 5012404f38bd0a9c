/** Longer histories out of those there are: each with others around it, told by the same people, under one scope. */
import type { EvalTurn, History } from "./data.ts"

const speakersOf = ({ turns }: History): ReadonlyArray<string> => [
  ...new Set(turns.flatMap(({ speaker }) => (speaker === undefined ? [] : [speaker])))
]

/** What somebody else's history says, as if these people had said it: names do not tell it from theirs. */
const retold = (history: History, people: ReadonlyArray<string>, copy: number): ReadonlyArray<EvalTurn> => {
  const own = speakersOf(history)
  const first = (name: string): string => name.split(" ")[0] ?? name
  const renamed = (text: string): string =>
    own.reduce((said, name, i) => {
      const other = people[i % people.length]
      return other === undefined ? said : said.replaceAll(first(name), first(other))
    }, text)
  const year = 365 * 86_400_000
  return history.turns.map((turn) => ({
    ...turn,
    id: `${history.name} ${copy}: ${turn.id}`,
    conversation: `${history.name} ${copy}: ${turn.conversation}`,
    // every copy in a time of its own, so that none repeats another on its day
    at: turn.at - copy * year,
    speaker:
      turn.speaker === undefined ? undefined : (people[own.indexOf(turn.speaker) % people.length] ?? turn.speaker),
    text: renamed(turn.text)
  }))
}

/** Each history with so many others (copies, where there are fewer), half of them before it and half behind. */
export const lengthened = (histories: ReadonlyArray<History>, others: number): ReadonlyArray<History> =>
  histories.map((history, place) => {
    const people = speakersOf(history)
    const around = Array.from({ length: others }, (_, i) => {
      const step = 1 + (i % Math.max(1, histories.length - 1))
      const other = histories[(place + step) % histories.length] ?? history
      return retold(other, people, Math.floor(i / Math.max(1, histories.length - 1)))
    })
    const before = around.filter((_, i) => i % 2 === 0).flat()
    const behind = around.filter((_, i) => i % 2 === 1).flat()
    return { ...history, turns: [...before, ...history.turns, ...behind] }
  })
