/**
 * English stems: irregular forms first, then Porter's second algorithm (snowballstem.org/algorithms/english). For words
 * of a-z in lower case; whatever is none is its own stem.
 */

/** Forms that no suffix rule leads back. */
const irregular = new Map<string, string>()

const base = (word: string, forms: string): void => {
  for (const form of forms.split(" ")) irregular.set(form, word)
}
for (const line of `be am are been being is was were
become became
begin began begun
bite bit bitten
break broke broken
bring brought
build built
buy bought
catch caught
child children
choose chose chosen
come came
cut cutting
dive dove
do did done does
draw drew drawn
dream dreamt
drink drank drunk
drive drove driven
eat ate eaten
fall fell fallen
feel felt
fight fought
find found
fly flew flown flies
foot feet
forget forgot forgotten
forgive forgave forgiven
freeze froze frozen
get got gotten
give gave given
go went gone goes
grow grew grown
have had has
hear heard
hide hid hidden
hold held
keep kept
know knew known
lead led
learn learnt
leave left leaving
lend lent
life lives
lose lost losing
make made making
man men
mean meant
meet met
mouse mice
pay paid
person people
quit quitting
ride rode ridden riding
ring rang rung
rise rose risen
run ran
say said
see saw seen
seek sought
sell sold
send sent
shake shook shaken
shoot shot
show shown
sing sang sung
sit sat
sleep slept
speak spoke spoken
spend spent
stand stood
steal stole stolen
stick stuck
strike struck
swear swore sworn
swim swam swum
take took taken taking
teach taught
tear tore torn
tell told
think thought
throw threw thrown
tooth teeth
understand understood
wake woke woken
wear wore worn
wife wives
win won
woman women
write wrote written
die dying
lie lying
tie tying
ski skis
sky skies`.split("\n")) {
  const space = line.indexOf(" ")
  base(line.slice(0, space), line.slice(space + 1))
}

/** Words that the rules would cut too short. */
const whole = new Set(
  "news atlas cosmos bias inning outing canning herring earring proceed exceed succeed only early always".split(" ")
)

const isVowel = (word: string, i: number): boolean => {
  const c = word.charCodeAt(i)
  // a e i o u, and a y that is not marked as a consonant
  return c === 97 || c === 101 || c === 105 || c === 111 || c === 117 || c === 121
}

const hasVowel = (word: string, end: number): boolean => {
  for (let i = 0; i < end; i++) if (isVowel(word, i)) return true
  return false
}

/** Where the part behind the first consonant after a vowel begins. */
const region = (word: string, from: number): number => {
  let i = from
  while (i < word.length && !isVowel(word, i)) i += 1
  while (i < word.length && isVowel(word, i)) i += 1
  return Math.min(word.length, i + 1)
}

const firstRegion = (word: string): number => {
  for (const prefix of ["gener", "commun", "arsen"]) if (word.startsWith(prefix)) return prefix.length
  return region(word, 0)
}

/** A vowel between consonants at the end (the last none of w, x, Y), or a vowel at the start and a consonant. */
const endsShort = (word: string): boolean => {
  const n = word.length
  if (n === 2) return isVowel(word, 0) && !isVowel(word, 1)
  return n > 2 && !isVowel(word, n - 3) && isVowel(word, n - 2) && !isVowel(word, n - 1) && !/[wxY]$/.test(word)
}

const plural = (word: string): string => {
  if (word.endsWith("sses")) return word.slice(0, -2)
  if (word.endsWith("ies") || word.endsWith("ied")) return word.slice(0, word.length > 4 ? -2 : -1)
  if (word.endsWith("us") || word.endsWith("ss") || !word.endsWith("s")) return word
  return hasVowel(word, word.length - 2) ? word.slice(0, -1) : word
}

const past = (word: string, r1: number): string => {
  // most words end otherwise, and a pattern is more than a look at the end
  if (!word.endsWith("ed") && !word.endsWith("ing") && !word.endsWith("ly")) return word
  const eed = /eed(?:ly)?$/.exec(word)
  if (eed !== null) return eed.index >= r1 ? `${word.slice(0, eed.index)}ee` : word
  const end = /(?:ed|ing)(?:ly)?$/.exec(word)
  if (end === null || !hasVowel(word, end.index)) return word
  const stem = word.slice(0, end.index)
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`
  if (/(?:bb|dd|ff|gg|mm|nn|pp|rr|tt)$/.test(stem)) return stem.slice(0, -1)
  return endsShort(stem) && stem.length <= r1 ? `${stem}e` : stem
}

type Rules = ReadonlyArray<readonly [suffix: string, instead: string, before?: RegExp]>

/** Longest suffixes first; the first that fits decides, even where it changes nothing. */
const step2: Rules = [
  ["ization", "ize"],
  ["ational", "ate"],
  ["fulness", "ful"],
  ["ousness", "ous"],
  ["iveness", "ive"],
  ["tional", "tion"],
  ["biliti", "ble"],
  ["lessli", "less"],
  ["entli", "ent"],
  ["ation", "ate"],
  ["alism", "al"],
  ["aliti", "al"],
  ["ousli", "ous"],
  ["iviti", "ive"],
  ["fulli", "ful"],
  ["enci", "ence"],
  ["anci", "ance"],
  ["abli", "able"],
  ["izer", "ize"],
  ["ator", "ate"],
  ["alli", "al"],
  ["bli", "ble"],
  ["ogi", "og", /l$/],
  ["li", "", /[cdeghkmnrt]$/]
]
const step3: Rules = [
  ["ational", "ate"],
  ["tional", "tion"],
  ["alize", "al"],
  ["icate", "ic"],
  ["iciti", "ic"],
  ["ative", ""],
  ["ical", "ic"],
  ["ness", ""],
  ["ful", ""]
]
const step4: Rules = [
  ["ement", ""],
  ["ance", ""],
  ["ence", ""],
  ["able", ""],
  ["ible", ""],
  ["ment", ""],
  ["ant", ""],
  ["ent", ""],
  ["ism", ""],
  ["ate", ""],
  ["iti", ""],
  ["ous", ""],
  ["ive", ""],
  ["ize", ""],
  ["ion", "", /[st]$/],
  ["al", ""],
  ["er", ""],
  ["ic", ""]
]

const apply = (rules: Rules, word: string, from: number, fromOf?: (suffix: string) => number): string => {
  const end = word.charCodeAt(word.length - 1)
  for (const [suffix, instead, before] of rules) {
    if (suffix.charCodeAt(suffix.length - 1) !== end || !word.endsWith(suffix)) continue
    const at = word.length - suffix.length
    if (at < (fromOf?.(suffix) ?? from)) return word
    const stem = word.slice(0, at)
    return before === undefined || before.test(stem) ? stem + instead : word
  }
  return word
}

const last = (word: string, r1: number, r2: number): string => {
  const at = word.length - 1
  if (word.endsWith("e") && (at >= r2 || (at >= r1 && !endsShort(word.slice(0, -1))))) return word.slice(0, -1)
  return word.endsWith("ll") && at >= r2 ? word.slice(0, -1) : word
}

const porter = (plain: string): string => {
  // a y that is a consonant is marked: at the start, or after a vowel
  const word = plain.includes("y") ? plain.replace(/^y|(?<=[aeiou])y/g, "Y") : plain
  const r1 = firstRegion(word)
  const r2 = region(word, r1)
  const singular = plural(word)
  if (whole.has(singular)) return singular
  const present = past(singular, r1)
  const endsInY = present.endsWith("y") || present.endsWith("Y")
  const y = endsInY && present.length > 2 && /[^aeiouy].$/.test(present) ? `${present.slice(0, -1)}i` : present
  const third = apply(step3, apply(step2, y, r1), r1, (suffix) => (suffix === "ative" ? r2 : r1))
  const cut = last(apply(step4, third, r2), r1, r2)
  return word === plain ? cut : cut.replaceAll("Y", "y")
}

/** The stem of a word in lower case. */
export const stem = (word: string): string => {
  if (word.length <= 2 || word.length > 40 || !/^[a-z]+$/.test(word) || whole.has(word)) return word
  const form = irregular.get(word) ?? word
  return form.length <= 2 ? form : porter(form)
}
