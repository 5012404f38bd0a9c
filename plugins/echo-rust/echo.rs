//! Says what it is told: the same plugin as plugins/echo, in Rust, without crates, `std` or memory of its own. The input
//! stays in the host's memory: what is inside the quotes of a JSON string may stand inside those of another, so it is
//! copied as it is written.
#![no_std]
#![crate_type = "cdylib"]

#[link(wasm_import_module = "extism:host/env")]
extern "C" {
    fn input_length() -> u64;
    fn input_load_u8(offset: u64) -> u8;
    fn alloc(length: u64) -> u64;
    fn store_u8(offset: u64, value: u8);
    fn output_set(offset: u64, length: u64);
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

/// The byte at an offset of the input; none behind its end.
fn byte_at(at: u64) -> Option<u8> {
    unsafe { (at < input_length()).then(|| input_load_u8(at)) }
}

fn blanks(mut at: u64) -> u64 {
    while matches!(byte_at(at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
        at += 1;
    }
    at
}

/// Behind the string that begins at `at`.
fn string_end(mut at: u64) -> u64 {
    at += 1;
    loop {
        match byte_at(at) {
            None | Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
        }
    }
}

/// Behind the value that begins at `at`, whatever it is.
fn value_end(mut at: u64) -> u64 {
    let mut depth = 0u64;
    loop {
        match byte_at(at) {
            None => return at,
            Some(b'"') => {
                at = string_end(at);
                if depth == 0 {
                    return at;
                }
                continue;
            }
            Some(b'{' | b'[') => depth += 1,
            Some(b'}' | b']') if depth == 0 => return at,
            Some(b'}' | b']') => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            Some(b',') if depth == 0 => return at,
            Some(_) => {}
        }
        at += 1;
    }
}

/// A part of the input.
#[derive(Clone, Copy)]
struct Range {
    from: u64,
    to: u64,
}

impl Range {
    fn is(self, name: &[u8]) -> bool {
        self.to - self.from == name.len() as u64
            && name.iter().zip(self.from..).all(|(byte, at)| byte_at(at) == Some(*byte))
    }
}

/// The text under `message` of the object that the input is; of several the last one counts.
fn message() -> Option<Range> {
    let mut found = None;
    let mut at = blanks(0);
    if byte_at(at) != Some(b'{') {
        return None;
    }
    at = blanks(at + 1);
    while byte_at(at) == Some(b'"') {
        let key = Range { from: at + 1, to: string_end(at) - 1 };
        at = blanks(key.to + 1);
        if byte_at(at) != Some(b':') {
            break;
        }
        at = blanks(at + 1);
        let end = value_end(at);
        if key.is(b"message") {
            found = (byte_at(at) == Some(b'"')).then(|| Range { from: at + 1, to: end - 1 });
        }
        at = blanks(end);
        if byte_at(at) != Some(b',') {
            break;
        }
        at = blanks(at + 1);
    }
    found
}

fn put(at: u64, text: &str) -> u64 {
    for (byte, offset) in text.bytes().zip(at..) {
        unsafe { store_u8(offset, byte) }
    }
    at + text.len() as u64
}

fn output(before: &str, text: Range, after: &str) -> i32 {
    let length = before.len() as u64 + (text.to - text.from) + after.len() as u64;
    let block = unsafe { alloc(length) };
    let mut at = put(block, before);
    for byte in (text.from..text.to).filter_map(byte_at) {
        unsafe { store_u8(at, byte) }
        at += 1;
    }
    put(at, after);
    unsafe { output_set(block, length) }
    0
}

const NOTHING: Range = Range { from: 0, to: 0 };

#[no_mangle]
pub extern "C" fn describe() -> i32 {
    output(
        concat!(
            r#"{"name":"echo","description":"Repeats a message word for word.","input_schema":{"type":"object","#,
            r#""properties":{"message":{"type":"string","description":"What to repeat."}},"required":["message"],"#,
            r#""additionalProperties":false},"idempotent":true}"#
        ),
        NOTHING,
        "",
    )
}

#[no_mangle]
pub extern "C" fn handle_tool_call() -> i32 {
    match message() {
        None => output(r#"{"content":"echo needs {\"message\": text}","is_error":true}"#, NOTHING, ""),
        Some(text) => output(r#"{"content":"echo: "#, text, r#"","is_error":false}"#),
    }
}
