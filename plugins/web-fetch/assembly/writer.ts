// Text as a reader wants it: runs of blanks are one, blocks stand apart, preformatted lines stay as they are. Units go
// one by one into a buffer that grows, since a page of nothing but tags would fill the memory with its pieces.

/** Of UTF-16. */
const MOST_UNITS: i32 = 1_000_000;

function isBlank(code: i32): bool {
  return code == 0x20 || (code >= 0x09 && code <= 0x0d) || code == 0xa0;
}

export class Writer {
  private units: StaticArray<u16> = new StaticArray<u16>(4096);
  private length: i32 = 0;
  /** Line ends that come before the next word; blanks do not count after them. */
  private breaks: i32 = 0;
  private blank: bool = false;
  /** How deep in preformatted text. */
  preformatted: i32 = 0;

  get full(): bool {
    return this.length >= MOST_UNITS;
  }

  private push(unit: i32): void {
    if (this.full) return;
    if (this.length == this.units.length) {
      const larger = new StaticArray<u16>(this.length * 2);
      memory.copy(changetype<usize>(larger), changetype<usize>(this.units), <usize>this.length << 1);
      this.units = larger;
    }
    this.units[this.length++] = <u16>unit;
  }

  /** What stands between what was written and what comes. */
  private join(): void {
    if (this.length > 0) {
      for (let lines = min(this.breaks, 2); lines > 0; lines--) this.push(0x0a);
      if (this.breaks == 0 && this.blank) this.push(0x20);
    }
    this.breaks = 0;
    this.blank = false;
  }

  /** What follows begins so many lines later, at least. */
  block(lines: i32): void {
    this.breaks = max(this.breaks, lines);
    this.blank = false;
  }

  space(): void {
    this.blank = true;
  }

  /** One unit of text. */
  unit(code: i32): void {
    if (this.preformatted == 0 && isBlank(code)) {
      this.blank = true;
      return;
    }
    if (this.blank || this.breaks > 0) this.join();
    this.push(code);
  }

  text(text: string): void {
    for (let i = 0; i < text.length; i++) this.unit(text.charCodeAt(i));
  }

  /** A mark that keeps to the word after it; its blanks stay. */
  mark(text: string): void {
    this.join();
    for (let i = 0; i < text.length; i++) this.push(text.charCodeAt(i));
  }

  toString(): string {
    return String.UTF16.decodeUnsafe(changetype<usize>(this.units), <usize>this.length << 1);
  }
}
