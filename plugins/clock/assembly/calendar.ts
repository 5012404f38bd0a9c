// The Gregorian calendar, as if it had always been: days counted from 1 January 1970, years 1 to 9999.

export const DAY: i64 = 86_400_000;
export const MINUTE: i64 = 60_000;
const MOST_OFFSET: i32 = 18 * 60;

/** Days from 1970-01-01 to a date. A year begins in March here, so that the odd day is at its end. */
export function daysOf(year: i32, month: i32, day: i32): i64 {
  const shifted = month <= 2 ? year - 1 : year;
  const era = shifted / 400;
  const ofEra = shifted - era * 400;
  const ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return <i64>era * 146_097 + <i64>(ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear) - 719_468;
}

export function daysIn(year: i32, month: i32): i32 {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/** A moment as a calendar and a clock at some offset show it. */
export class Moment {
  constructor(public year: i32, public month: i32, public day: i32, public millis: i32, public offset: i32) {}

  /** Milliseconds since 1970 in UTC. */
  get time(): i64 {
    return daysOf(this.year, this.month, this.day) * DAY + <i64>this.millis - <i64>this.offset * MINUTE;
  }

  /** 0 is Monday. */
  get weekday(): i32 {
    return <i32>((daysOf(this.year, this.month, this.day) + 719_468 + 2) % 7);
  }
}

/** The date and time of `time` (milliseconds since 1970) at an offset in minutes; in year 0 where it is before year 1. */
export function momentAt(time: i64, offset: i32): Moment {
  // all days are counted from 0000-03-01 on, so that nothing is negative
  const local = time + <i64>offset * MINUTE + 719_468 * DAY;
  if (local < 0) return new Moment(0, 1, 1, 0, offset);
  const days = local / DAY;
  const era = days / 146_097;
  const ofEra = <i32>(days % 146_097);
  const yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365;
  const ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const shifted = (5 * ofYear + 2) / 153;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = <i32>era * 400 + yearOfEra + (month <= 2 ? 1 : 0);
  return new Moment(year, month, ofYear - (153 * shifted + 2) / 5 + 1, <i32>(local % DAY), offset);
}

function padded(value: i32, width: i32): string {
  return value.toString().padStart(width, "0");
}

export function showOffset(offset: i32): string {
  if (offset == 0) return "Z";
  return (offset < 0 ? "-" : "+") + padded(abs(offset) / 60, 2) + ":" + padded(abs(offset) % 60, 2);
}

/** ISO 8601; decimals only where there are any. */
export function show(moment: Moment): string {
  const millis = moment.millis;
  const decimals = millis % 1000 == 0 ? "" : "." + padded(millis % 1000, 3);
  return (
    padded(moment.year, 4) + "-" + padded(moment.month, 2) + "-" + padded(moment.day, 2) + "T" +
    padded(millis / 3_600_000, 2) + ":" + padded((millis / 60_000) % 60, 2) + ":" + padded((millis / 1000) % 60, 2) +
    decimals + showOffset(moment.offset)
  );
}

const NAMES: string[] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** With the day of the week, which calendars show and people ask for. */
export function showFully(moment: Moment): string {
  return show(moment) + ", " + NAMES[moment.weekday];
}

/** Reads digits where a text has exactly so many; -1 where it has not. */
function digits(text: string, at: i32, count: i32): i32 {
  if (at + count > text.length) return -1;
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return -1;
    value = value * 10 + code - 0x30;
  }
  return value;
}

export const NO_OFFSET: i32 = i32.MIN_VALUE;

/** Minutes of "Z", "+02:00" or "-0330"; NO_OFFSET where it is none of them. */
export function parseOffset(text: string): i32 {
  if (text == "Z" || text == "z") return 0;
  if (text.length != 6 && text.length != 5 && text.length != 3) return NO_OFFSET;
  const sign = text.charAt(0);
  if (sign != "+" && sign != "-") return NO_OFFSET;
  if (text.length == 6 && text.charAt(3) != ":") return NO_OFFSET;
  const hours = digits(text, 1, 2);
  const minutes = text.length == 3 ? 0 : digits(text, text.length - 2, 2);
  if (hours < 0 || minutes < 0 || minutes > 59 || hours * 60 + minutes > MOST_OFFSET) return NO_OFFSET;
  return sign == "-" ? -(hours * 60 + minutes) : hours * 60 + minutes;
}

/** A date, or a date and a time, as ISO 8601 writes them; in UTC where no offset stands. Null for anything else. */
export function parseMoment(text: string): Moment | null {
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null;
  if (text.charAt(4) != "-" || text.charAt(7) != "-") return null;
  if (text.length == 10) return new Moment(year, month, day, 0, 0);
  const separator = text.charAt(10);
  if (separator != "T" && separator != "t" && separator != " ") return null;
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || text.charAt(13) != ":") return null;
  let at = 16;
  let millis = (hour * 60 + minute) * 60_000;
  if (text.charAt(at) == ":") {
    const second = digits(text, at + 1, 2);
    if (second < 0 || second > 59) return null;
    millis += second * 1000;
    at += 3;
    if (text.charAt(at) == ".") {
      const start = ++at;
      for (let unit = 100; digits(text, at, 1) >= 0; at++, unit /= 10) millis += unit * digits(text, at, 1);
      if (at == start || at > start + 9) return null;
    }
  }
  const zone = text.substring(at).trim();
  const offset = zone == "" ? 0 : parseOffset(zone);
  return offset == NO_OFFSET ? null : new Moment(year, month, day, millis, offset);
}
