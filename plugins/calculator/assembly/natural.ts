// Natural numbers of any length: limbs of nine decimal digits, the lowest first, none of them zero at the top.

export type Natural = StaticArray<u32>;

const BASE: u64 = 1_000_000_000;
/** Decimal digits of a limb. */
export const WIDTH: i32 = 9;

export const ZERO: Natural = new StaticArray<u32>(0);

/** Without the zeros at the top. */
function trimmed(limbs: Natural): Natural {
  let length = limbs.length;
  while (length > 0 && limbs[length - 1] == 0) length--;
  return length == limbs.length ? limbs : part(limbs, 0, length);
}

function part(limbs: Natural, from: i32, to: i32): Natural {
  const copy = new StaticArray<u32>(to - from);
  for (let i = from; i < to; i++) copy[i - from] = limbs[i];
  return copy;
}

export function small(value: u32): Natural {
  const limbs = new StaticArray<u32>(2);
  limbs[0] = <u32>(value % BASE);
  limbs[1] = <u32>(value / BASE);
  return trimmed(limbs);
}

/** Of decimal digits and nothing else. */
export function fromDigits(digits: string): Natural {
  const limbs = new StaticArray<u32>((digits.length + WIDTH - 1) / WIDTH);
  for (let i = 0, end = digits.length; i < limbs.length; i++, end -= WIDTH) {
    let limb: u32 = 0;
    for (let at = max(0, end - WIDTH); at < end; at++) limb = limb * 10 + <u32>(digits.charCodeAt(at) - 0x30);
    limbs[i] = limb;
  }
  return trimmed(limbs);
}

/** Its decimal digits; none for zero. */
export function toDigits(a: Natural): string {
  const parts = new Array<string>();
  for (let i = a.length - 1; i >= 0; i--) {
    const digits = a[i].toString();
    parts.push(i == a.length - 1 ? digits : digits.padStart(WIDTH, "0"));
  }
  return parts.join("");
}

/** How many decimal digits it has; zero has none. */
export function digitsOf(a: Natural): i32 {
  if (a.length == 0) return 0;
  let count = (a.length - 1) * WIDTH;
  for (let top = a[a.length - 1]; top > 0; top /= 10) count++;
  return count;
}

/** How many zeros it ends with; zero ends with none. */
export function zerosOf(a: Natural): i32 {
  if (a.length == 0) return 0;
  let limb = 0;
  while (a[limb] == 0) limb++;
  let count = limb * WIDTH;
  for (let low = a[limb]; low % 10 == 0; low /= 10) count++;
  return count;
}

/** Negative where `a` is the smaller one, positive where it is the greater one. */
export function compare(a: Natural, b: Natural): i32 {
  if (a.length != b.length) return a.length - b.length;
  for (let i = a.length - 1; i >= 0; i--) if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  return 0;
}

export function add(a: Natural, b: Natural): Natural {
  const length = max(a.length, b.length);
  const sum = new StaticArray<u32>(length + 1);
  let carry: u64 = 0;
  for (let i = 0; i < length; i++) {
    carry += (i < a.length ? <u64>a[i] : 0) + (i < b.length ? <u64>b[i] : 0);
    sum[i] = <u32>(carry % BASE);
    carry /= BASE;
  }
  sum[length] = <u32>carry;
  return trimmed(sum);
}

/** `a` is not smaller than `b`. */
export function subtract(a: Natural, b: Natural): Natural {
  const difference = new StaticArray<u32>(a.length);
  let borrow: i64 = 0;
  for (let i = 0; i < a.length; i++) {
    const limb = <i64>a[i] - borrow - (i < b.length ? <i64>b[i] : 0);
    borrow = limb < 0 ? 1 : 0;
    difference[i] = <u32>(limb < 0 ? limb + <i64>BASE : limb);
  }
  return trimmed(difference);
}

export function multiply(a: Natural, b: Natural): Natural {
  const product = new StaticArray<u32>(a.length + b.length);
  for (let i = 0; i < a.length; i++) {
    let carry: u64 = 0;
    const limb = <u64>a[i];
    for (let j = 0; j < b.length; j++) {
      carry += <u64>product[i + j] + limb * <u64>b[j];
      product[i + j] = <u32>(carry % BASE);
      carry /= BASE;
    }
    product[i + b.length] = <u32>carry;
  }
  return trimmed(product);
}

/** 10 to the power of `exponent`. */
export function power10(exponent: i32): Natural {
  const limbs = new StaticArray<u32>(exponent / WIDTH + 1);
  let top: u32 = 1;
  for (let i = exponent % WIDTH; i > 0; i--) top *= 10;
  limbs[limbs.length - 1] = top;
  return limbs;
}

export class Division {
  constructor(public quotient: Natural, public remainder: Natural) {}
}

function divideByLimb(a: Natural, b: u32): Division {
  const quotient = new StaticArray<u32>(a.length);
  let rest: u64 = 0;
  for (let i = a.length - 1; i >= 0; i--) {
    rest = rest * BASE + <u64>a[i];
    quotient[i] = <u32>(rest / b);
    rest %= b;
  }
  return new Division(trimmed(quotient), small(<u32>rest));
}

/** `a` times a factor below the base, with one limb more than `a`, be it zero. */
function scaled(a: Natural, factor: u64): Natural {
  const product = new StaticArray<u32>(a.length + 1);
  let carry: u64 = 0;
  for (let i = 0; i < a.length; i++) {
    carry += <u64>a[i] * factor;
    product[i] = <u32>(carry % BASE);
    carry /= BASE;
  }
  product[a.length] = <u32>carry;
  return product;
}

/** Schoolbook long division (Knuth's algorithm D). `b` is not zero. */
export function divide(a: Natural, b: Natural): Division {
  if (compare(a, b) < 0) return new Division(ZERO, a);
  if (b.length == 1) return divideByLimb(a, b[0]);
  const n = b.length;
  // the top limb of the divisor becomes at least half the base, so that a guessed digit is at most two too high
  const factor = BASE / (<u64>b[n - 1] + 1);
  const rest = scaled(a, factor);
  const divisor = scaled(b, factor);
  const top = <u64>divisor[n - 1];
  const next = <u64>divisor[n - 2];
  const quotient = new StaticArray<u32>(a.length - n + 1);
  for (let j = quotient.length - 1; j >= 0; j--) {
    const two = <u64>rest[j + n] * BASE + <u64>rest[j + n - 1];
    let digit = two / top;
    let over = two % top;
    while (digit >= BASE || digit * next > over * BASE + <u64>rest[j + n - 2]) {
      digit--;
      over += top;
      if (over >= BASE) break;
    }
    if (takeAway(rest, divisor, digit, j, n)) {
      digit--;
      putBack(rest, divisor, j, n);
    }
    quotient[j] = <u32>digit;
  }
  return new Division(trimmed(quotient), divideByLimb(trimmed(part(rest, 0, n)), <u32>factor).quotient);
}

/** Takes `digit` times the divisor from the rest at `j`; true where that was more than was there. */
function takeAway(rest: Natural, divisor: Natural, digit: u64, j: i32, n: i32): bool {
  let carry: u64 = 0;
  let borrow: i64 = 0;
  for (let i = 0; i <= n; i++) {
    // the divisor's limb above the top is zero
    carry += digit * <u64>divisor[i];
    const limb = <i64>rest[i + j] - borrow - <i64>(carry % BASE);
    carry /= BASE;
    borrow = limb < 0 ? 1 : 0;
    rest[i + j] = <u32>(limb < 0 ? limb + <i64>BASE : limb);
  }
  return borrow != 0;
}

function putBack(rest: Natural, divisor: Natural, j: i32, n: i32): void {
  let carry: u64 = 0;
  for (let i = 0; i <= n; i++) {
    carry += <u64>rest[i + j] + <u64>divisor[i];
    rest[i + j] = <u32>(carry % BASE);
    carry /= BASE;
  }
}
