/**
 * The loops of recall over all rows of a scope, in AssemblyScript: the language itself has no instruction for sixteen
 * components at once, and runs a loop uncompiled until it has seen it some thousand times, which was half of what the
 * first question cost. Every sum is made in the order, and rounded where, the same loop over typed arrays would do it.
 * All arguments that end in `At` are places in the module's memory. `npm run bake:kernel` makes
 * `src/memory/recall/module.ts` of it.
 */

const saturation: f64 = 1.2
const lengthPart: f64 = 0.75

// @ts-ignore: decorator
@inline
function f32At(at: usize, i: i32): f64 {
  return f64(load<f32>(at + (<usize>i << 2)))
}

// @ts-ignore: decorator
@inline
function putF32(at: usize, i: i32, value: f64): void {
  store<f32>(at + (<usize>i << 2), f32(value))
}

// @ts-ignore: decorator
@inline
function f64At(at: usize, i: i32): f64 {
  return load<f64>(at + (<usize>i << 3))
}

// @ts-ignore: decorator
@inline
function putF64(at: usize, i: i32, value: f64): void {
  store<f64>(at + (<usize>i << 3), value)
}

// @ts-ignore: decorator
@inline
function i32At(at: usize, i: i32): i32 {
  return load<i32>(at + (<usize>i << 2))
}

// @ts-ignore: decorator
@inline
function putI32(at: usize, i: i32, value: i32): void {
  store<i32>(at + (<usize>i << 2), value)
}

/** The product of two vectors of bytes, of `padded` components: a multiple of sixteen. */
// @ts-ignore: decorator
@inline
function dot(oneAt: usize, otherAt: usize, padded: i32): i32 {
  let sum = i32x4.splat(0)
  for (let d: usize = 0; d < <usize>padded; d += 16) {
    const one = v128.load(oneAt + d)
    const other = v128.load(otherAt + d)
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(one), i16x8.extend_low_i8x16_s(other)))
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(one), i16x8.extend_high_i8x16_s(other)))
  }
  return (
    i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3)
  )
}

/** The cosine of a vector with each of `count` rows, `stride` bytes apart; 0 where a row's length is. */
export function cosines(
  count: i32,
  stride: i32,
  vectorAt: usize,
  rowsAt: usize,
  scalesAt: usize,
  lengthsAt: usize,
  scale: f64,
  offset: f64,
  norm: f64,
  intoAt: usize
): void {
  const padded = (stride + 15) & ~15
  for (let i = 0; i < count; i++) {
    const product = dot(vectorAt, rowsAt + <usize>(i * stride), padded)
    const length = f32At(lengthsAt, i)
    const along = f64(product) * scale * f32At(scalesAt, i) - offset
    putF32(intoAt, i, length == 0 ? 0 : along / (length * norm))
  }
}

/**
 * One term's score for every row that it is near to: `count` rows that have it, and how often, at `foundAt` and `timesAt`;
 * its weight in a row itself, one and two away. `countsAt` and `coveredAt` have zeros, before and after.
 */
export function term(
  count: i32,
  foundAt: usize,
  timesAt: usize,
  previousAt: usize,
  followingAt: usize,
  lengthsAt: usize,
  countsAt: usize,
  coveredAt: usize,
  touchedAt: usize,
  here: f64,
  near: f64,
  far: f64,
  factor: f64,
  average: f64,
  share: f64,
  scoreAt: usize,
  coverageAt: usize
): void {
  let reached = 0
  for (let i = 0; i < count; i++) {
    const times = f64(load<u8>(timesAt + <usize>i))
    const own = i32At(foundAt, i)
    let row = own
    // itself, the two before, the two behind
    for (let step = 0; step < 5; step++) {
      if (step == 1 || step == 2) row = i32At(previousAt, row)
      else if (step == 3) row = i32At(followingAt, own)
      else if (step == 4) row = i32At(followingAt, row)
      if (row < 0) {
        if (step >= 3) break
        step = 2
        continue
      }
      const away = step < 3 ? step : step - 2
      const weight = away == 0 ? here : away == 1 ? near : far
      if (weight == 0) continue
      const sum = f32At(countsAt, row)
      if (sum == 0) putI32(touchedAt, reached++, row)
      putF32(countsAt, row, sum + weight * times)
      const cover: f64 = away == 0 ? 1 : away == 1 ? 0.6 : 0.3
      if (cover > f32At(coveredAt, row)) putF32(coveredAt, row, cover)
    }
  }
  for (let i = 0; i < reached; i++) {
    const row = i32At(touchedAt, i)
    const said = f32At(countsAt, row)
    const norm = saturation * (1 - lengthPart + (lengthPart * f32At(lengthsAt, row)) / average)
    putF32(scoreAt, row, f32At(scoreAt, row) + (factor * said * (saturation + 1)) / (said + norm))
    if (coverageAt != 0) putF32(coverageAt, row, f32At(coverageAt, row) + f32At(coveredAt, row) * share)
    putF32(countsAt, row, 0)
    putF32(coveredAt, row, 0)
  }
}

/** Whether a row is one of the speaker, where one is meant, or else of the role. */
// @ts-ignore: decorator
@inline
function isMeant(row: i32, rolesAt: usize, speakersAt: usize, named: i32, speaker: i32, role: i32): bool {
  const by = i32At(speakersAt, row)
  return named ? by == speaker : i32(load<u8>(rolesAt + <usize>row)) == role && by == 0
}

/** The cheap sum that decides which rows are looked at closely. `named`: a speaker is meant, and no role. */
export function firstLook(
  size: i32,
  wordsAt: usize,
  coverageAt: usize,
  cosinesAt: usize,
  flagsAt: usize,
  rolesAt: usize,
  speakersAt: usize,
  named: i32,
  speaker: i32,
  role: i32,
  question: i32,
  instruction: i32,
  wordShare: f64,
  scoreAt: usize
): void {
  for (let row = 0; row < size; row++) {
    let sum = wordShare * f32At(wordsAt, row) + 1.5 * f32At(coverageAt, row) + 1.5 * f32At(cosinesAt, row)
    if (isMeant(row, rolesAt, speakersAt, named, speaker, role)) sum += 0.5
    const kind = i32(load<u8>(flagsAt + <usize>row))
    if (kind & question) sum -= 0.2
    if (kind & instruction) sum += 1
    putF32(scoreAt, row, sum)
  }
}

/** The value that `limit` of the first `size` reach, and more than that only where they are equal: by quickselect. */
// @ts-ignore: decorator
@inline
function threshold(size: i32, scoreAt: usize, valuesAt: usize, limit: i32): f32 {
  memory.copy(valuesAt, scoreAt, <usize>size << 2)
  const wanted = size - limit
  let low = 0
  let high = size - 1
  while (low < high) {
    const pivot = load<f32>(valuesAt + (<usize>((low + high) >> 1) << 2))
    let left = low
    let right = high
    while (left <= right) {
      while (load<f32>(valuesAt + (<usize>left << 2)) < pivot) left += 1
      while (load<f32>(valuesAt + (<usize>right << 2)) > pivot) right -= 1
      if (left > right) break
      const leftAt = valuesAt + (<usize>left << 2)
      const rightAt = valuesAt + (<usize>right << 2)
      const swapped = load<f32>(leftAt)
      store<f32>(leftAt, load<f32>(rightAt))
      store<f32>(rightAt, swapped)
      left += 1
      right -= 1
    }
    if (wanted <= right) high = right
    else if (wanted >= left) low = left
    else break
  }
  return load<f32>(valuesAt + (<usize>wanted << 2))
}

/** The `limit` rows of more than that with the highest scores, in order of rows; of equal ones the later. */
export function best(size: i32, limit: i32, scoreAt: usize, valuesAt: usize, rowsAt: usize): void {
  const least = threshold(size, scoreAt, valuesAt, limit)
  let equal = limit
  for (let row = 0; row < size; row++) if (load<f32>(scoreAt + (<usize>row << 2)) > least) equal -= 1
  let at = limit
  for (let row = size - 1; row >= 0 && at > 0; row--) {
    const value = load<f32>(scoreAt + (<usize>row << 2))
    if (value > least || (value == least && equal-- > 0)) putI32(rowsAt, --at, row)
  }
}

/** A column of some rows' values. */
export function gather(count: i32, rowsAt: usize, fromAt: usize, intoAt: usize): void {
  for (let i = 0; i < count; i++) putF64(intoAt, i, f32At(fromAt, i32At(rowsAt, i)))
}

/** Less the mean, in standard deviations; in place. */
export function standardise(count: i32, at: usize): void {
  const length = f64(count ? count : 1)
  let mean: f64 = 0
  for (let i = 0; i < count; i++) mean += f64At(at, i)
  mean /= length
  let variance: f64 = 0
  for (let i = 0; i < count; i++) {
    const away = f64At(at, i) - mean
    variance += away * away
  }
  let deviation = Math.sqrt(variance / length)
  if (deviation == 0) deviation = 1
  for (let i = 0; i < count; i++) putF64(at, i, (f64At(at, i) - mean) / deviation)
}

/** Whether some rows' flags, or those of the row before each, have one of these. */
export function flagged(count: i32, rowsAt: usize, flagsAt: usize, previousAt: usize, some: i32, intoAt: usize): void {
  for (let i = 0; i < count; i++) {
    let row = i32At(rowsAt, i)
    if (previousAt != 0) row = i32At(previousAt, row)
    putF64(intoAt, i, row >= 0 && i32(load<u8>(flagsAt + <usize>row)) & some ? 1 : 0)
  }
}

/** Whether some rows are meant. */
export function spoken(
  count: i32,
  rowsAt: usize,
  rolesAt: usize,
  speakersAt: usize,
  named: i32,
  speaker: i32,
  role: i32,
  intoAt: usize
): void {
  for (let i = 0; i < count; i++) {
    putF64(intoAt, i, isMeant(i32At(rowsAt, i), rolesAt, speakersAt, named, speaker, role) ? 1 : 0)
  }
}

/** Adds a column by its weight. */
export function add(count: i32, columnAt: usize, weight: f64, sumsAt: usize): void {
  for (let i = 0; i < count; i++) putF64(sumsAt, i, f64At(sumsAt, i) + weight * f64At(columnAt, i))
}

/**
 * By row: the mean of the best three of its session. `sessionsAt` has each row's session; `placesAt` has as many zeros as
 * there are sessions, before and after; `bestAt` has room for three of each row.
 */
export function sessionMeans(
  count: i32,
  sessionsAt: usize,
  baseAt: usize,
  placesAt: usize,
  bestAt: usize,
  intoAt: usize
): void {
  let places = 0
  for (let i = 0; i < count; i++) {
    const session = i32At(sessionsAt, i)
    let place = i32At(placesAt, session)
    if (place == 0) {
      putI32(placesAt, session, (place = ++places))
      for (let k = 0; k < 3; k++) putF64(bestAt, place * 3 - 3 + k, -Infinity)
    }
    let value = f64At(baseAt, i)
    for (let at = place * 3 - 3; at < place * 3; at++) {
      const other = f64At(bestAt, at)
      if (other >= value) continue
      putF64(bestAt, at, value)
      value = other
    }
  }
  for (let i = 0; i < count; i++) {
    const place = i32At(placesAt, i32At(sessionsAt, i))
    let sum: f64 = 0
    for (let at = place * 3 - 3; at < place * 3; at++) {
      const value = f64At(bestAt, at)
      if (value > -Infinity) sum += value
    }
    putF64(intoAt, i, sum / 3)
  }
  for (let i = 0; i < count; i++) putI32(placesAt, i32At(sessionsAt, i), 0)
}

/** Places by falling value, by merging runs; of equal ones the earlier, or the later. Gives where they stand of the two. */
export function falling(count: i32, valuesAt: usize, later: i32, oneAt: usize, otherAt: usize): usize {
  let from = oneAt
  let into = otherAt
  for (let i = 0; i < count; i++) putI32(from, i, later ? count - 1 - i : i)
  for (let width = 1; width < count; width *= 2) {
    for (let start = 0; start < count; start += 2 * width) {
      const middle = min(start + width, count)
      const end = min(start + 2 * width, count)
      let left = start
      let right = middle
      for (let at = start; at < end; at++) {
        const takesRight =
          left >= middle || (right < end && f64At(valuesAt, i32At(from, right)) > f64At(valuesAt, i32At(from, left)))
        putI32(into, at, i32At(from, takesRight ? right++ : left++))
      }
    }
    const done = into
    into = from
    from = done
  }
  return from
}

/** Two sums and their addends times the factor. */
// @ts-ignore: decorator
@inline
function plus(sumsAt: usize, factor: f64, two: v128): v128 {
  const sums = f64x2.promote_low_f32x4(v128.load64_zero(sumsAt))
  return f32x4.demote_f64x2_zero(f64x2.add(sums, f64x2.mul(f64x2.splat(factor), two)))
}

/**
 * The mean of `count` vectors of bytes, each times its factor: a vector's place and its factor stand at `placesAt` and
 * `factorsAt`, `total` is what all of it is divided by.
 */
export function mean(
  count: i32,
  dimensions: i32,
  placesAt: usize,
  factorsAt: usize,
  vectorsAt: usize,
  total: f64,
  intoAt: usize
): void {
  memory.fill(intoAt, 0, <usize>dimensions << 2)
  for (let i = 0; i < count; i++) {
    const factor = f64At(factorsAt, i)
    const at = vectorsAt + <usize>(i32At(placesAt, i) * dimensions)
    let d = 0
    for (; d + 4 <= dimensions; d += 4) {
      const four = i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_splat(at + <usize>d)))
      const sumsAt = intoAt + (<usize>d << 2)
      v128.store64_lane(sumsAt, plus(sumsAt, factor, f64x2.convert_low_i32x4_s(four)), 0)
      const last = f64x2.convert_low_i32x4_s(v128.shuffle<i64>(four, four, 1, 0))
      v128.store64_lane(sumsAt + 8, plus(sumsAt + 8, factor, last), 0)
    }
    for (; d < dimensions; d++) putF32(intoAt, d, f32At(intoAt, d) + factor * f64(load<i8>(at + <usize>d)))
  }
  for (let d = 0; d < dimensions; d++) putF32(intoAt, d, f32At(intoAt, d) / total)
}
