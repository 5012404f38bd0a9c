// Character references of HTML: numbers, the names of Latin-1, and the few others that pages use.

/** The names of U+00A0 to U+00FF, in order. */
const LATIN: string[] =
  "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml".split(
    " "
  );
const OTHERS: string[] =
  "amp lt gt quot apos hellip mdash ndash lsquo rsquo sbquo ldquo rdquo bdquo bull euro trade larr uarr rarr darr rArr minus le ge ne infin check star dagger lsaquo rsaquo thinsp ensp emsp zwnj zwj".split(
    " "
  );
const CODES: i32[] = [
  0x26, 0x3c, 0x3e, 0x22, 0x27, 0x2026, 0x2014, 0x2013, 0x2018, 0x2019, 0x201a, 0x201c, 0x201d, 0x201e, 0x2022, 0x20ac,
  0x2122, 0x2190, 0x2191, 0x2192, 0x2193, 0x21d2, 0x2212, 0x2264, 0x2265, 0x2260, 0x221e, 0x2713, 0x2606, 0x2020,
  0x2039, 0x203a, 0x2009, 0x2002, 0x2003, 0x200c, 0x200d
];
/** What the numbers 0x80 to 0x9F mean on pages: the characters of Windows-1252, 0 where it has none. */
export const WINDOWS: i32[] = [
  0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0, 0,
  0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178
];
const LONGEST: i32 = 10;
const REPLACEMENT: i32 = 0xfffd;

function named(name: string): i32 {
  const other = OTHERS.indexOf(name);
  if (other >= 0) return CODES[other];
  const latin = LATIN.indexOf(name);
  return latin < 0 ? -1 : 0xa0 + latin;
}

function numbered(digits: string): i32 {
  const hexadecimal = digits.startsWith("x") || digits.startsWith("X");
  let code: i32 = 0;
  for (let i = hexadecimal ? 1 : 0; i < digits.length; i++) {
    const unit = digits.charCodeAt(i);
    const letter = unit | 0x20;
    const digit = unit >= 0x30 && unit <= 0x39 ? unit - 0x30 : hexadecimal && letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
    if (digit < 0) return -1;
    code = min(code * (hexadecimal ? 16 : 10) + digit, 0x110000);
  }
  if (digits.length == (hexadecimal ? 1 : 0)) return -1;
  if (code >= 0x80 && code < 0xa0 && WINDOWS[code - 0x80] != 0) return WINDOWS[code - 0x80];
  return code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? REPLACEMENT : code;
}

/** A character reference that was found. */
export class Reference {
  /** The character; -1 where there is none. */
  code: i32 = -1;
  /** Behind it. */
  end: i32 = 0;
}

const found = new Reference();

/** The reference that begins with the `&` at `at`, and ends before `to`. One answer, overwritten by the next. */
export function referenceAt(text: string, at: i32, to: i32): Reference {
  let end = at + 1;
  while (end < to && end - at <= LONGEST && text.charCodeAt(end) != 0x3b && text.charCodeAt(end) != 0x26) end++;
  found.code = -1;
  if (end >= to || text.charCodeAt(end) != 0x3b) return found;
  const name = text.substring(at + 1, end);
  found.code = name.startsWith("#") ? numbered(name.substring(1)) : named(name);
  found.end = end + 1;
  return found;
}

/** `text` with its character references in their characters' place; what is none stays as it is. */
export function unescape(text: string): string {
  let at = text.indexOf("&");
  if (at < 0) return text;
  const parts = new Array<string>();
  let from = 0;
  for (; at >= 0; at = text.indexOf("&", at + 1)) {
    const reference = referenceAt(text, at, text.length);
    if (reference.code < 0) continue;
    parts.push(text.substring(from, at));
    parts.push(String.fromCodePoint(reference.code));
    from = reference.end;
  }
  parts.push(text.substring(from));
  return parts.join("");
}
