/**
 * How large a text is in a context, so that no tokenizer counts more. Where a piece of text reads like language or code
 * the estimate with its reserve is enough: texts of that kind are what it was fitted to. Anything else (keys, hashes,
 * random letters, rare scripts, signs) costs what a byte-pair encoder with a vocabulary of 200,000 can make of it at
 * worst. Linear in the text.
 */
import { estimateTokens, utf8Bytes } from "../model/TokenEstimate.ts"
import { isByChance, rarity } from "./TextRarity.ts"

/** Pieces are judged one by one, so that a page of prose does not vouch for the key in its middle. */
const pieceLength = 160

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter((word) => word !== ""))

/** The small words of languages that are written with Latin and Cyrillic letters, and of programs. */
const common = words(`
  the of and to a in is it i that you for on was with as are be this have not at but by or my we he she they from so what
  me do if will can just your one all out up about there like when how an get no had has were been would who which more
  said her his our their its them then than some could time very also now only know think good see him into over dog
  der die das und ist ich nicht zu es ein eine den mit von auf für dem im sie wir du auch als an aus bei wie aber noch nur
  le la les de des et un une est que je il ne pas en pour dans ce qui sur au avec plus se mais nous vous par son sa ou
  el los las que y en un una es no por con para su se del al lo como más pero sus me mi yo si te tu muy
  o os as e do da dos um uma não em para com por mais que se na no foi eu ele ela di che il per non si sono con una gli
  het een van en ik je niet dat zijn op te met voor maar ook og i at det er jeg som på på av til att och jag
  и в не на я что он с как это по но они мы а к из у за же от бы так для вы она его её все мне да то было ещё уже или ли
  і у з є та від але ми він вона мене мені моя який
  και το να η ο στο στη στην την τον τη με που είναι για από δεν μου τα της του θα σε μας πολύ αλλά
  là và tôi có một của không cho người những được trong với các này đã khi đến để bạn anh ở tên
  nie się jest że jak ale tak już jestem mam który która są był czy po od je to se že není jsem mám který ale už
  az és hogy nem egy van meg már csak ez akkor ja ei että hän mutta kun minä olen joka sitten bir bu ve için ben çok ama
  const let var function return import export from new type interface class if else for while true false null undefined
  string number async await public private def self print int void static this readonly extends
`)
/** Han that make up half of all Chinese text, the commonest hiragana, and the commonest syllables of Korean. */
const commonSigns =
  /[\u3044\u3046\u304b\u304c\u304f\u3053\u3055\u3057\u3059\u305f\u3060\u3066\u3067\u3068\u306a\u306b\u306e\u306f\u307e\u3082\u3089\u308a\u308b\u308c\u3092\u3093\u3063的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运\uac00\ub2e4\ub294\uc774\uc5d0\uc744\ub97c\uc740\uc758\ub3c4\uace0\uc9c0\ud558\uae30\uc0ac\ub098\ub9ac\ub77c\uc11c\ub85c\uc790\ub300\uc77c\uc5b4\uac83\uc218\uc544\ud55c\uadf8\ub9cc\uc2dc\uc778\uc788\uc2b5\ub2c8\uae4c\ub108\uc6b0\uc138\uc694]/gu

const letters = /[\p{L}\p{M}]+/gu
/** The parts of a name in a program: "sizeOf" has two. */
const humps = /\p{Lu}?[\p{Ll}\p{M}]+|\p{Lu}+(?!\p{Ll})|\p{Lo}+/gu
/** Scripts whose estimate is high already. */
const generous =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Thai}\p{Script=Bengali}\p{Script=Tamil}]/gu
const cjk = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu
/** Letters that an encoder often splits, in words that it knows otherwise. */
const accented = /[\u0100-\u024f\u0402-\u040f\u0452-\u045f\u1ea0-\u1ef9\u0370-\u03ff]/g

/** Characters without a meaning of their own, which are in no vocabulary. */
const unassigned = /[\p{Co}\p{Cn}\p{Cs}]/gu

/** So large a part of words, or of signs, is common in anything that somebody wrote. */
const leastCommon = 0.12
const leastSigns = 0.3
const leastSpeakable = 0.85

/** Longer words than people write. */
const longestWord = 24

/** Has a vowel, and no five consonants in a row. */
const isSpeakable = (word: string): boolean =>
  word.length < 4 || (/[aeiouy\u00e0-\u00ff\u0400-\u04ff]/i.test(word) && !/[bcdfghjklmnpqrstvwxz]{5}/i.test(word))

/** What to multiply the estimate with; undefined where the piece is no language and no program. */
const ordinary = (piece: string, reserve: number): number | undefined => {
  let all = 0
  let known = 0
  for (const [word] of piece.matchAll(letters)) {
    if (word.length > longestWord && !/\p{Ll}\p{Lu}/u.test(word)) return undefined
    all += 1
    // single letters are in everything
    if (word.length > 1 && common.has(word.toLowerCase())) known += 1
  }
  // digits and signs between few words are tables or keys
  if (all === 0 || all * 12 < piece.length) return undefined
  if (known > 0 && known >= all * leastCommon) return reserve
  return isSpoken(piece) ? reserve * strange : undefined
}

/** Words that nobody knows are split more often. */
const strange = 1.3

/** Whether its words could be said, and are long enough to be words: programs, and languages not listed above. */
const isSpoken = (piece: string): boolean => {
  let all = 0
  let length = 0
  let speakable = 0
  for (const [word] of piece.matchAll(humps)) {
    all += 1
    length += word.length
    if (isSpeakable(word)) speakable += 1
  }
  return length >= all * 3.4 && speakable >= all * leastSpeakable && length * 2 >= piece.length
}

const count = (piece: string, pattern: RegExp): number => piece.match(pattern)?.length ?? 0

const isOrdinaryCjk = (piece: string): boolean => {
  const signs = count(piece, cjk)
  return signs * 2 > piece.length && count(piece, commonSigns) > signs * leastSigns
}

const isGenerous = (piece: string): boolean => {
  const letters = piece.match(generous) ?? []
  return letters.length * 3 > piece.length * 2 && !isByChance(letters)
}

/**
 * At worst: no two small letters stay apart side by side, since every pair is a token, so three letters are at most
 * two; other ASCII characters are one each; a character beyond it may fall into its bytes.
 */
const atWorst = (piece: string): number => {
  let saved = 0
  for (let i = 0; i < piece.length; i++) {
    const code = piece.charCodeAt(i)
    if (code >= 97 && code <= 122) saved += 0.25
  }
  return utf8Bytes(piece) - saved
}

/** Where a piece that begins at `from` ends: after a blank, or in the middle of what has none. */
const pieceEnd = (text: string, from: number): number => {
  if (text.length - from <= pieceLength) return text.length
  const blank = Math.max(text.lastIndexOf(" ", from + pieceLength), text.lastIndexOf("\n", from + pieceLength))
  const end = blank > from ? blank + 1 : from + pieceLength
  const code = text.charCodeAt(end - 1)
  return code >= 0xd800 && code <= 0xdbff ? end - 1 : end
}

/** Tokens of `text` in a context, never less than an encoder counts; ordinary text is estimated, times `reserve`. */
export const sizeOf = (text: string, reserve: number): number => {
  let sum = 0
  for (let from = 0; from < text.length;) {
    const end = pieceEnd(text, from)
    const piece = text.slice(from, end)
    const estimate = estimateTokens(piece)
    const factor = isOrdinaryCjk(piece) ? reserve : ordinary(piece, reserve)
    if (factor !== undefined) {
      const strange = count(piece, accented) * 0.6 + count(piece, unassigned) * 3 + rarity(piece, factor, atWorst)
      sum += Math.min(utf8Bytes(piece), estimate * factor + strange)
    } else if (isGenerous(piece)) sum += estimate * Math.max(reserve, 1.8) + rarity(piece, 1.8, atWorst)
    else sum += Math.max(estimate * reserve, atWorst(piece))
    from = end
  }
  return Math.ceil(sum)
}
