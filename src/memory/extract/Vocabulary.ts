/** The words by which statements about people and their things are recognised. English. */
import { wordSet } from "./Cursor.ts"

/** Whom one speaks of as one's own. */
export const people = wordSet(
  `mother mom mum mommy mama father dad daddy papa parents sister brother sibling siblings twin son daughter child kid
   baby wife husband spouse partner girlfriend boyfriend fiancé fiancée fiance fiancee ex grandmother grandma granny
   grandfather grandpa aunt uncle cousin niece nephew grandson granddaughter stepmother stepfather stepson stepdaughter
   mother-in-law father-in-law sister-in-law brother-in-law friend bestie roommate flatmate housemate neighbor neighbour
   boss manager colleague coworker co-worker teacher doctor dentist therapist landlord assistant mentor coach trainer
   nanny babysitter godfather godmother godson goddaughter kids children sons daughters sisters brothers cousins friends`
)
export const animals = wordSet(
  `dog puppy pup cat kitten kitty horse pony rabbit bunny hamster parrot bird budgie canary fish goldfish turtle
   tortoise snake lizard gecko guinea-pig ferret chicken hen goat sheep cow pig donkey pet dogs cats horses rabbits`
)
/** What one has and may give a name or a colour. */
export const things = wordSet(
  `car bike bicycle motorcycle motorbike scooter van truck boat yacht house home flat apartment condo cabin garden phone
   laptop computer tablet company business startup band team school university college office guitar piano violin camera
   church club gym farm shop store restaurant bakery café`
)
/** A being or thing of one's own, as opposed to a property. */
export const isOwn = (noun: string): boolean => people.has(noun) || animals.has(noun) || things.has(noun)

const plurals: ReadonlyMap<string, string> = new Map([
  ["children", "child"],
  ["puppies", "puppy"],
  ["kitties", "kitty"],
  ["bunnies", "bunny"],
  ["ponies", "pony"],
  ["wives", "wife"]
])

/** The word for one of them. */
export const singular = (noun: string): string => {
  const known = plurals.get(noun)
  if (known !== undefined) return known
  const one = noun.endsWith("s") ? noun.slice(0, -1) : noun
  return one !== noun && isOwn(one) ? one : noun
}

/** What one has without owning it: nothing to keep. */
export const passing = wordSet(
  `question questions problem problems idea ideas doubt doubts feeling minute second moment lot bit look point issue
   issues bug bugs request requests task tasks favor favour error errors chance choice hunch suggestion suggestions
   thought thoughts concern concerns couple few headache cold reason plan hard time fun go try habit way link file text
   document word number list table string function result example case sense right need clue trouble blast drink break
   test exam interview picture pic photo offer offers conversation chat laugh ton goal dream story experience passion
   interest blast fan crush vision mission message look sense view opinion preference favorite favourite gut surprise deadline meeting appointment call date trip flight party`
)

/** Never kept as facts, whoever says them. */
export const secrets = wordSet(
  `password passwords passcode passphrase pin secret secrets token key api-key apikey cvv cvc ssn otp mnemonic seed
   credentials credential iban card account`
)

/** Before a verb, without a change of what it says. */
export const adverbs = wordSet(
  `now also just really actually currently still recently finally already both absolutely totally only honestly usually
   mostly generally even definitely truly deeply kinda sort literally basically officially proudly happily presently so
   very always often lately soon then all myself personally particularly especially mainly originally initially`
)
export const hedges = wordSet("think guess believe suppose reckon assume probably likely presumably")
export const modals = wordSet(
  "would could might may should must want wants wanted hope hopes hoped plan plans try trying need needs"
)

/** At the end of a value, without meaning for it. */
export const trailing: ReadonlyArray<string> = [
  "any more",
  "right now",
  "at the moment",
  "these days",
  "as well",
  "of course",
  "for now",
  "by the way",
  "so far",
  "in fact",
  "you know",
  "a lot",
  "so much",
  "very much",
  "the most",
  "best of all",
  "anymore",
  "now",
  "too",
  "currently",
  "actually",
  "again",
  "btw",
  "lol",
  "haha",
  "thanks",
  "please",
  "though",
  "really",
  "well",
  "instead",
  "lately",
  "nowadays",
  "here",
  "also"
]

/** Ends a value. */
export const stops = wordSet(
  `and but because so which who whom whose while since when whenever although though if until till unless where that
   then before after whereas cause cuz coz however yet plus except`
)

export const determiners = wordSet(
  "a an another one two three four five six seven eight nine ten eleven twelve several many"
)
export const pronouns = wordSet(
  `i you he she it we they me him her us them this that these those what who someone somebody something everyone
   everybody everything nobody nothing anyone anybody anything all both some any none there here one ones mine yours
   myself yourself itself how when where why`
)

/** Small words that are never a name by themselves. */
export const small = wordSet(
  `the a an my your his her its our their this that these those and or but not no yes so as at by for from in into of on
   to with without is are was were be been am do does did have has had will would can could should may might must just
   very too also now then here there when where why how what who which if because since while until once about after before
   over under again more most some any each every both few all such only own same than up down out off back still even
   ok okay please thanks well really actually good bad nice great fine sorry`
)

/** Adjectives that say something lasting about a person. */
export const lasting = wordSet(
  `vegetarian vegan pescatarian diabetic celiac coeliac colorblind colourblind color-blind colour-blind left-handed
   right-handed deaf blind pregnant married single divorced widowed engaged retired unemployed self-employed autistic
   dyslexic jewish muslim christian catholic hindu buddhist atheist agnostic religious transgender trans gay lesbian
   bisexual straight nonbinary non-binary queer bilingual gluten-free lactose-intolerant asthmatic epileptic adopted
   introverted extroverted monolingual teetotal sober`
)

/** Words of origin: who says "I'm German" says no name. */
export const origins = wordSet(
  `afghan african albanian algerian american arab argentine argentinian armenian asian australian austrian bangladeshi
   belarusian belgian bolivian bosnian brazilian british bulgarian cambodian cameroonian canadian chilean chinese
   colombian croatian cuban cypriot czech danish dutch ecuadorian egyptian english estonian ethiopian european filipino
   finnish french georgian german ghanaian greek guatemalan haitian hungarian icelandic indian indonesian iranian iraqi
   irish israeli italian jamaican japanese jordanian kazakh kenyan korean kurdish latvian lebanese libyan lithuanian
   malaysian maltese mexican moldovan mongolian moroccan nepali nigerian norwegian pakistani palestinian peruvian polish
   portuguese puerto romanian russian saudi scottish senegalese serbian singaporean slovak slovenian somali spanish
   sudanese swedish swiss syrian taiwanese thai tibetan tunisian turkish ugandan ukrainian uruguayan venezuelan
   vietnamese welsh zimbabwean latino latina hispanic bavarian catalan basque`
)
