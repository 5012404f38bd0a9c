// Says what it is told: the same plugin as plugins/echo, in C, without a library. The input stays in the host's memory:
// what is inside the quotes of a JSON string may stand inside those of another, so it is copied as it is written.

typedef unsigned char u8;
typedef unsigned long long u64;

#define KERNEL(name) __attribute__((import_module("extism:host/env"), import_name(#name)))
#define EXPORT(name) __attribute__((export_name(#name), visibility("default")))

KERNEL(input_length) u64 input_length(void);
KERNEL(input_load_u8) u8 input_load_u8(u64 offset);
KERNEL(alloc) u64 alloc(u64 length);
KERNEL(store_u8) void store_u8(u64 offset, u8 value);
KERNEL(output_set) void output_set(u64 offset, u64 length);

// Where a text is within the input; `from` 0 stands for none, since every text begins behind a quote.
typedef struct {
  u64 from, to;
} Range;

static int byte_at(u64 at) { return at < input_length() ? input_load_u8(at) : -1; }

static u64 blanks(u64 at) {
  for (int code = byte_at(at); code == ' ' || code == '\n' || code == '\r' || code == '\t'; code = byte_at(at)) at++;
  return at;
}

// Behind the string that begins at `at`.
static u64 string_end(u64 at) {
  for (at++; byte_at(at) >= 0 && byte_at(at) != '"'; at++)
    if (byte_at(at) == '\\') at++;
  return at + 1;
}

// Behind the value that begins at `at`, whatever it is.
static u64 value_end(u64 at) {
  u64 depth = 0;
  for (;;) {
    int code = byte_at(at);
    if (code < 0) return at;
    if (code == '"') {
      at = string_end(at);
      if (depth == 0) return at;
      continue;
    }
    if (code == '{' || code == '[') depth++;
    else if (code == '}' || code == ']') {
      if (depth == 0) return at;
      if (--depth == 0) return at + 1;
    } else if (code == ',' && depth == 0) return at;
    at++;
  }
}

static int is_message(Range key) {
  static const char name[] = "message";
  u64 length = sizeof(name) - 1;
  if (key.to - key.from != length) return 0;
  for (u64 i = 0; i < length; i++)
    if (byte_at(key.from + i) != name[i]) return 0;
  return 1;
}

// The text under "message" of the object that the input is; of several the last one counts.
static Range message(void) {
  Range found = {0, 0};
  u64 at = blanks(0);
  if (byte_at(at) != '{') return found;
  at = blanks(at + 1);
  while (byte_at(at) == '"') {
    Range key = {at + 1, string_end(at) - 1};
    at = blanks(key.to + 1);
    if (byte_at(at) != ':') break;
    at = blanks(at + 1);
    u64 end = value_end(at);
    if (is_message(key)) {
      found.from = byte_at(at) == '"' ? at + 1 : 0;
      found.to = found.from == 0 ? 0 : end - 1;
    }
    at = blanks(end);
    if (byte_at(at) != ',') break;
    at = blanks(at + 1);
  }
  return found;
}

static u64 put(u64 at, const char *text) {
  for (; *text != 0; text++) store_u8(at++, (u8)*text);
  return at;
}

static u64 length_of(const char *text) {
  u64 length = 0;
  while (text[length] != 0) length++;
  return length;
}

static int output(const char *before, Range text, const char *after) {
  u64 length = length_of(before) + (text.to - text.from) + length_of(after);
  u64 block = alloc(length);
  u64 at = put(block, before);
  for (u64 from = text.from; from < text.to; from++) store_u8(at++, (u8)byte_at(from));
  put(at, after);
  output_set(block, length);
  return 0;
}

static const Range nothing = {0, 0};

EXPORT(describe) int describe(void) {
  return output(
      "{\"name\":\"echo\",\"description\":\"Repeats a message word for word.\",\"input_schema\":{\"type\":\"object\","
      "\"properties\":{\"message\":{\"type\":\"string\",\"description\":\"What to repeat.\"}},\"required\":[\"message\"],"
      "\"additionalProperties\":false},\"idempotent\":true}",
      nothing, "");
}

EXPORT(handle_tool_call) int handle_tool_call(void) {
  Range text = message();
  if (text.from == 0) return output("{\"content\":\"echo needs {\\\"message\\\": text}\",\"is_error\":true}", nothing, "");
  return output("{\"content\":\"echo: ", text, "\",\"is_error\":false}");
}
