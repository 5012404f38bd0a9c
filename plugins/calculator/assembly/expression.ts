// Reads an expression from left to right and calculates while reading. Nothing of it is ever run as a program.
//   sum     = product (("+" | "-") product)*
//   product = signed (("*" | "/" | "%") signed)*
//   signed  = ("+" | "-") signed | power
//   power   = atom ("^" signed)?
//   atom    = number | "(" sum ")"
import { Arithmetic, Decimal } from "./decimal";
import { fromDigits } from "./natural";

const MOST_NESTED: i32 = 100;
const END: i32 = -1;
const PLUS: i32 = 0x2b;
const MINUS: i32 = 0x2d;
const TIMES: i32 = 0x2a;
const OVER: i32 = 0x2f;
const REST: i32 = 0x25;
const POWER: i32 = 0x5e;
const OPEN: i32 = 0x28;
const CLOSE: i32 = 0x29;
const POINT: i32 = 0x2e;

/** The operator that a character stands for; printed mathematics has other signs than keyboards. */
function meant(code: i32): i32 {
  if (code == 0xd7 || code == 0xb7) return TIMES;
  if (code == 0xf7 || code == 0x2215) return OVER;
  return code == 0x2212 ? MINUS : code;
}

function isBlank(code: i32): bool {
  return code == 0x20 || code == 0x09 || code == 0x0a || code == 0x0d || code == 0xa0;
}

function isDigit(code: i32): bool {
  return code >= 0x30 && code <= 0x39;
}

export class Expression {
  private at: i32 = 0;
  private nested: i32 = 0;

  constructor(private source: string, private arithmetic: Arithmetic) {}

  private peek(): i32 {
    while (this.at < this.source.length && isBlank(this.source.charCodeAt(this.at))) this.at++;
    return this.at < this.source.length ? meant(this.source.charCodeAt(this.at)) : END;
  }

  private unexpected(wanted: string): Decimal {
    if (this.at >= this.source.length) return this.arithmetic.fail("The expression ends where " + wanted + " is expected.");
    const found = String.fromCodePoint(this.source.codePointAt(this.at));
    return this.arithmetic.fail(
      'Character ' + (this.at + 1).toString() + ', "' + found + '", is not understood: ' + wanted + " is expected. " +
      "There are numbers such as 1234.5 or 1e-9, + - * / % ^ and parentheses."
    );
  }

  /** The value of the whole expression. */
  value(): Decimal {
    const value = this.sum();
    if (this.arithmetic.problem == "" && this.peek() != END) return this.unexpected("an operator or the end");
    return value;
  }

  private sum(): Decimal {
    let left = this.product();
    for (let code = this.peek(); code == PLUS || code == MINUS; code = this.peek()) {
      this.at++;
      const right = this.product();
      if (this.arithmetic.problem != "") return left;
      left = this.arithmetic.add(left, code == PLUS ? right : this.arithmetic.negated(right));
    }
    return left;
  }

  private product(): Decimal {
    let left = this.signed();
    for (let code = this.peek(); code == TIMES || code == OVER || code == REST; code = this.peek()) {
      this.at++;
      // many languages write a power with two stars
      if (code == TIMES && this.peek() == TIMES) return this.unexpected("a number (a power is written ^)");
      const right = this.signed();
      if (this.arithmetic.problem != "") return left;
      if (code == TIMES) left = this.arithmetic.multiply(left, right);
      else if (code == OVER) left = this.arithmetic.divide(left, right);
      else left = this.arithmetic.remainder(left, right);
    }
    return left;
  }

  private signed(): Decimal {
    const code = this.peek();
    if (code != PLUS && code != MINUS) return this.power();
    this.at++;
    if (++this.nested > MOST_NESTED) return this.tooDeep();
    const value = this.signed();
    this.nested--;
    return code == MINUS ? this.arithmetic.negated(value) : value;
  }

  private power(): Decimal {
    const base = this.atom();
    if (this.arithmetic.problem != "" || this.peek() != POWER) return base;
    this.at++;
    if (++this.nested > MOST_NESTED) return this.tooDeep();
    const exponent = this.signed();
    this.nested--;
    return this.arithmetic.problem != "" ? base : this.arithmetic.power(base, exponent);
  }

  private atom(): Decimal {
    const code = this.peek();
    if (isDigit(code) || code == POINT) return this.number();
    if (code != OPEN) return this.unexpected("a number or (");
    this.at++;
    if (++this.nested > MOST_NESTED) return this.tooDeep();
    const value = this.sum();
    this.nested--;
    if (this.arithmetic.problem != "") return value;
    if (this.peek() != CLOSE) return this.unexpected("an operator or )");
    this.at++;
    return value;
  }

  private tooDeep(): Decimal {
    return this.arithmetic.fail("The expression is nested more than " + MOST_NESTED.toString() + " deep.");
  }

  private run(): string {
    const start = this.at;
    while (this.at < this.source.length && isDigit(this.source.charCodeAt(this.at))) this.at++;
    return this.source.substring(start, this.at);
  }

  private next(): i32 {
    return this.at < this.source.length ? this.source.charCodeAt(this.at) : END;
  }

  private number(): Decimal {
    const whole = this.run();
    let decimals = "";
    if (this.next() == POINT) {
      this.at++;
      decimals = this.run();
    }
    if (whole.length + decimals.length == 0) return this.unexpected("a digit");
    let exponent = 0;
    if ((this.next() | 0x20) == 0x65) {
      this.at++;
      const sign = this.next();
      if (sign == PLUS || sign == MINUS) this.at++;
      const digits = this.run();
      if (digits == "") return this.unexpected("a digit");
      if (digits.length > 6) return this.arithmetic.fail("An exponent of ten is too large.");
      exponent = sign == MINUS ? -I32.parseInt(digits) : I32.parseInt(digits);
    }
    return this.arithmetic.value(false, fromDigits(whole + decimals), exponent - decimals.length);
  }
}
