// Decimal numbers, exact but for division: a sign, a natural number, and a power of ten.
import * as natural from "./natural";
import { Natural } from "./natural";

/** Of a value, trailing zeros apart. */
const MOST_DIGITS: i32 = 4000;
const MOST_EXPONENT: i32 = 10_000;
/** Products of limbs and limbs made: what a calculation may cost, far below what a call may take. */
const MOST_WORK: i64 = 30_000_000;

export class Decimal {
  constructor(public negative: bool, public digits: Natural, public exponent: i32) {}
  get zero(): bool {
    return this.digits.length == 0;
  }
}

/** One calculation: what went wrong first, and whether anything was rounded. */
export class Arithmetic {
  problem: string = "";
  rounded: bool = false;
  private work: i64 = 0;

  /** `precision`: the significant digits of a quotient that does not end before. */
  constructor(private precision: i32) {}

  fail(problem: string): Decimal {
    if (this.problem == "") this.problem = problem;
    return new Decimal(false, natural.ZERO, 0);
  }

  /** False once the calculation has cost too much or failed. */
  private affords(a: i32, b: i32): bool {
    // a limb more costs memory, which a call never gives back: as much as 16 products
    this.work += <i64>a * <i64>b + 16 * (<i64>a + <i64>b);
    if (this.work > MOST_WORK) this.fail("The calculation is too large.");
    return this.problem == "";
  }

  /** The value without zeros at its end, or a failure where it is too long. */
  value(negative: bool, digits: Natural, exponent: i32): Decimal {
    if (digits.length == 0) return new Decimal(false, digits, 0);
    const zeros = natural.zerosOf(digits);
    const kept = zeros == 0 ? digits : natural.divide(digits, natural.power10(zeros)).quotient;
    const power = exponent + zeros;
    if (natural.digitsOf(kept) > MOST_DIGITS || abs(power) > MOST_EXPONENT) {
      return this.fail("A value has more than " + MOST_DIGITS.toString() + " digits or an exponent beyond " + MOST_EXPONENT.toString() + ".");
    }
    return new Decimal(negative, kept, power);
  }

  /** The digits as they would be at a lower exponent. */
  private at(a: Decimal, exponent: i32): Natural {
    const shift = a.exponent - exponent;
    if (shift == 0 || a.zero) return a.digits;
    const limbs = shift / natural.WIDTH + 1;
    if (!this.affords(a.digits.length, limbs)) return natural.ZERO;
    return natural.multiply(a.digits, natural.power10(shift));
  }

  negated(a: Decimal): Decimal {
    return new Decimal(!a.negative && !a.zero, a.digits, a.exponent);
  }

  add(a: Decimal, b: Decimal): Decimal {
    if (a.zero) return b;
    if (b.zero) return a;
    const exponent = min(a.exponent, b.exponent);
    const left = this.at(a, exponent);
    const right = this.at(b, exponent);
    if (!this.affords(left.length + right.length, 1)) return a;
    if (a.negative == b.negative) return this.value(a.negative, natural.add(left, right), exponent);
    return natural.compare(left, right) >= 0
      ? this.value(a.negative, natural.subtract(left, right), exponent)
      : this.value(b.negative, natural.subtract(right, left), exponent);
  }

  multiply(a: Decimal, b: Decimal): Decimal {
    if (!this.affords(a.digits.length, b.digits.length)) return a;
    return this.value(a.negative != b.negative, natural.multiply(a.digits, b.digits), a.exponent + b.exponent);
  }

  /** Exact where the quotient is whole or ends within the precision, else rounded to the nearest. */
  divide(a: Decimal, b: Decimal): Decimal {
    if (b.zero) return this.fail("Division by zero.");
    const missing = this.precision + 2 + natural.digitsOf(b.digits) - natural.digitsOf(a.digits);
    const shift = a.zero ? 0 : max(0, max(missing, min(a.exponent - b.exponent, MOST_DIGITS)));
    const dividend = this.at(a, a.exponent - shift);
    if (!this.affords(dividend.length, b.digits.length)) return a;
    const whole = natural.divide(dividend, b.digits);
    const exponent = a.exponent - shift - b.exponent;
    const negative = a.negative != b.negative;
    if (whole.remainder.length == 0) return this.value(negative, whole.quotient, exponent);
    this.rounded = true;
    const dropped = natural.digitsOf(whole.quotient) - this.precision;
    const unit = natural.power10(dropped);
    const cut = natural.divide(whole.quotient, unit);
    // something is left behind the quotient too, so that half is already more than half
    const up = natural.compare(natural.add(cut.remainder, cut.remainder), unit) >= 0;
    return this.value(negative, up ? natural.add(cut.quotient, natural.small(1)) : cut.quotient, exponent + dropped);
  }

  /** What is left of `a` after whole `b`s; it has the sign of `a`. */
  remainder(a: Decimal, b: Decimal): Decimal {
    if (b.zero) return this.fail("Division by zero.");
    const exponent = min(a.exponent, b.exponent);
    const dividend = this.at(a, exponent);
    const divisor = this.at(b, exponent);
    if (!this.affords(dividend.length, divisor.length)) return a;
    return this.value(a.negative, natural.divide(dividend, divisor).remainder, exponent);
  }

  power(a: Decimal, b: Decimal): Decimal {
    if (b.exponent < 0) return this.fail("An exponent must be a whole number.");
    if (natural.digitsOf(b.digits) + b.exponent > 6) return this.fail("An exponent is too large.");
    const times = I32.parseInt(natural.toDigits(this.at(b, 0)).padStart(1, "0"));
    let result = new Decimal(false, natural.small(1), 0);
    let square = a;
    for (let left = times; left > 0 && this.problem == ""; left >>= 1) {
      if ((left & 1) == 1) result = this.multiply(result, square);
      if (left > 1) square = this.multiply(square, square);
    }
    if (this.problem != "" || !b.negative) return result;
    return this.divide(new Decimal(false, natural.small(1), 0), result);
  }
}

/** Plain where that is readable, else with an exponent of ten. */
export function show(a: Decimal): string {
  if (a.zero) return "0";
  const sign = a.negative ? "-" : "";
  const digits = natural.toDigits(a.digits);
  const magnitude = digits.length + a.exponent;
  if (magnitude > MOST_DIGITS || magnitude < -20) {
    const decimals = digits.length > 1 ? "." + digits.substring(1) : "";
    return sign + digits.substring(0, 1) + decimals + "e" + (magnitude - 1).toString();
  }
  if (a.exponent >= 0) return sign + digits.padEnd(magnitude, "0");
  if (magnitude <= 0) return sign + "0." + "0".repeat(-magnitude) + digits;
  return sign + digits.substring(0, magnitude) + "." + digits.substring(magnitude);
}
