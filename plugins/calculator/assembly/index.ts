// Calculates with decimal numbers. What is exact on paper is exact here; a quotient says where it was rounded.
import { done, input, Kind, object, output, parse, property, refused, tool } from "../../pdk/index";
import { Arithmetic, show } from "./decimal";
import { Expression } from "./expression";

const LONGEST: i32 = 10_000;
const PRECISION: i32 = 34;
const MOST_PRECISION: i32 = 1000;

export function describe(): i32 {
  const expression = property(
    "expression",
    "string",
    "Such as (1.05 ^ 12 - 1) * 100. Numbers without separators of thousands; + - * /, % for the remainder, ^ for powers with whole exponents, parentheses. -2^2 is -4, 2^3^2 is 2^9."
  );
  const precision = property("precision", "integer", "Significant digits of a quotient that does not end before, 1 to 1000; else 34.");
  output(
    tool(
      "calculate",
      "Calculates an expression of decimal numbers, exactly: 0.1 + 0.2 is 0.3. A quotient that had to be rounded is marked as such. Use it for all arithmetic.",
      object([expression, precision], ["expression"]),
      true
    )
  );
  return 0;
}

export function handle_tool_call(): i32 {
  const asked = parse(input());
  const expression = asked.textOf("expression");
  const wanted = asked.get("precision");
  let precision = PRECISION;
  if (wanted !== null) {
    // a number as it is written: 1 to 4 digits and nothing else
    const text = wanted.kind == Kind.Number ? wanted.text : "";
    precision = text.length <= 4 && !text.includes(".") && !text.includes("e") && !text.includes("E") ? I32.parseInt(text) : 0;
    if (precision < 1 || precision > MOST_PRECISION) {
      refused("precision is a whole number from 1 to " + MOST_PRECISION.toString() + ".");
      return 0;
    }
  }
  if (expression == "" || expression.length > LONGEST) {
    refused('calculate needs {"expression": text} of at most ' + LONGEST.toString() + " characters.");
    return 0;
  }
  const arithmetic = new Arithmetic(precision);
  const value = new Expression(expression, arithmetic).value();
  if (arithmetic.problem != "") refused(arithmetic.problem);
  else if (arithmetic.rounded) done(show(value) + " (rounded: a quotient was cut to " + precision.toString() + " significant digits)");
  else done(show(value));
  return 0;
}
