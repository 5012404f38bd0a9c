// What time it is, and how far it is from one date to another.
import { done, input, Json, Kind, now, object, output, parse, property, refused, tool } from "../../pdk/index";
import { daysIn, DAY, MINUTE, Moment, momentAt, NO_OFFSET, parseMoment, parseOffset, showFully } from "./calendar";

const DATE: string = "ISO 8601, such as 2026-01-31 or 2026-01-31T12:00:00+02:00; UTC where no offset stands.";
const UNITS: string[] = ["years", "months", "weeks", "days", "hours", "minutes", "seconds"];
/** Milliseconds; years and months have no fixed length. */
const LENGTHS: i64[] = [0, 0, 7 * DAY, DAY, 60 * MINUTE, MINUTE, 1000];
const MOST_MONTHS: i64 = 120_000;
const MOST_DAYS: i64 = 3_700_000;
const OUTSIDE: string = "That is outside of the years 1 to 9999.";

export function describe(): i32 {
  const offset = property("offset", "string", "Offset from UTC, such as +02:00; else UTC.");
  const date = property("date", "string", DATE);
  const amounts = new Array<string>();
  for (let i = 0; i < UNITS.length; i++) amounts.push(property(UNITS[i], "integer", "How many to add; negative ones go back."));
  const tools = [
    tool("time_now", "Tells the date, the time and the day of the week.", object([offset], []), true),
    tool(
      "date_add",
      "Adds to a date, larger units first. Where a month is too short, its last day is taken: 31 January and a month is 28 February.",
      object([date].concat(amounts), ["date"]),
      true
    ),
    tool(
      "date_between",
      "Tells how far it is from one date to another.",
      object([property("from", "string", DATE), property("to", "string", DATE)], ["from", "to"]),
      true
    )
  ];
  output('{"tools":[' + tools.join(",") + "]}");
  return 0;
}

export function handle_tool_call(): i32 {
  const call = parse(input());
  const asked = call.get("input");
  const name = call.textOf("tool");
  if (asked === null) refused("clock needs a tool and its input.");
  else if (name == "time_now") tellTime(asked);
  else if (name == "date_add") addTo(asked);
  else if (name == "date_between") measure(asked);
  else refused("clock has no tool " + name);
  return 0;
}

function tellTime(asked: Json): void {
  const text = asked.textOf("offset", "Z");
  const offset = parseOffset(text);
  if (offset == NO_OFFSET) return refused('"' + text + '" is no offset from UTC; write +02:00 or Z.');
  const time = now();
  if (time < 0) return refused("The host does not tell the time.");
  done(showFully(momentAt(time, offset)));
}

/** The date under `key`; refused where there is none. */
function dateOf(asked: Json, key: string): Moment | null {
  const text = asked.textOf(key).trim();
  const moment = parseMoment(text);
  if (moment === null) refused(key + ' is not understood: "' + text + '". ' + DATE);
  return moment;
}

/** How many of a unit to add, 0 where nothing stands; refused, and i64.MIN_VALUE, where it is no number or too large. */
function amountOf(asked: Json, unit: i32): i64 {
  const value = asked.get(UNITS[unit]);
  if (value === null || value.kind == Kind.Null) return 0;
  const number = value.number;
  const most = unit < 2 ? MOST_MONTHS : (MOST_DAYS * DAY) / LENGTHS[unit];
  if (number == Math.floor(number) && Math.abs(number) <= <f64>most) return <i64>number;
  refused(number == Math.floor(number) ? OUTSIDE : UNITS[unit] + " is no whole number.");
  return i64.MIN_VALUE;
}

/** The same day so many months later, or the last one of that month. */
function laterBy(months: i64, from: Moment): Moment | null {
  const count = <i64>from.year * 12 + <i64>(from.month - 1) + months;
  const year = count / 12;
  if (count < 12 || year > 9999) return null;
  const month = <i32>(count % 12) + 1;
  return new Moment(<i32>year, month, min(from.day, daysIn(<i32>year, month)), from.millis, from.offset);
}

function addTo(asked: Json): void {
  const from = dateOf(asked, "date");
  if (from === null) return;
  let months: i64 = 0;
  let millis: i64 = 0;
  for (let i = 0; i < UNITS.length; i++) {
    const amount = amountOf(asked, i);
    if (amount == i64.MIN_VALUE) return;
    if (i < 2) months += amount * (i == 0 ? 12 : 1);
    else millis += amount * LENGTHS[i];
  }
  const later = laterBy(months, from);
  if (later === null) return refused(OUTSIDE);
  const moment = momentAt(later.time + millis, from.offset);
  if (moment.year < 1 || moment.year > 9999) return refused(OUTSIDE);
  done(showFully(moment));
}

function counted(count: i64, unit: string): string {
  return count.toString() + " " + (count == 1 ? unit.substring(0, unit.length - 1) : unit);
}

/** Years and months as far as they are whole, then days and the time of day. */
function inUnits(from: Moment, to: Moment): string {
  const parts = new Array<string>();
  let months = (<i64>(to.year - from.year)) * 12 + <i64>(to.month - from.month);
  let at = laterBy(months, from);
  if (at !== null && at.time > to.time) at = laterBy(--months, from);
  let rest = at === null ? to.time - from.time : to.time - at.time;
  if (at === null) months = 0;
  if (months >= 12) parts.push(counted(months / 12, UNITS[0]));
  if (months % 12 > 0) parts.push(counted(months % 12, UNITS[1]));
  for (let i = 3; i < UNITS.length; i++) {
    if (rest >= LENGTHS[i]) parts.push(counted(rest / LENGTHS[i], UNITS[i]));
    rest %= LENGTHS[i];
  }
  if (rest > 0) parts.push(counted(rest, "milliseconds"));
  return parts.length == 0 ? "no time" : parts.join(", ");
}

function measure(asked: Json): void {
  const from = dateOf(asked, "from");
  if (from === null) return;
  const to = dateOf(asked, "to");
  if (to === null) return;
  const backwards = to.time < from.time;
  const first = backwards ? to : from;
  const second = backwards ? from : to;
  // on the first one's clock, so that both have days of the same kind
  const between = inUnits(first, momentAt(second.time, first.offset));
  const days = (second.time - first.time) / DAY;
  const seconds = <f64>(second.time - first.time) / 1000;
  const size = seconds == Math.floor(seconds) ? (<i64>seconds).toString() : seconds.toString();
  done(between + (backwards ? " back" : "") + " (" + counted(days, "days") + " in all; " + size + " seconds)");
}
