//! Writing the canonical bytes.

use super::Canon;

pub(super) fn write(value: &Canon, out: &mut Vec<u8>) {
    match value {
        Canon::Bool(true) => out.extend_from_slice(b"true"),
        Canon::Bool(false) => out.extend_from_slice(b"false"),
        Canon::Int(number) => out.extend_from_slice(number.to_string().as_bytes()),
        Canon::Str(text) => write_text(text, out),
        Canon::List(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write(item, out);
            }
            out.push(b']');
        }
        Canon::Map(members) => {
            out.push(b'{');
            for (at, (key, member)) in members.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_text(key, out);
                out.push(b':');
                write(member, out);
            }
            out.push(b'}');
        }
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut from = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if let Some(escape) = escape_of(*byte) {
            out.extend_from_slice(&bytes[from..at]);
            out.extend_from_slice(escape.as_bytes());
            from = at + 1;
        }
    }
    out.extend_from_slice(&bytes[from..]);
    out.push(b'"');
}

/// The escapes of RFC 8785 §3.2.2.2: the short ones where they exist, else four lower-case hexadecimal digits, and only
/// for quote, backslash and the control characters below U+0020.
fn escape_of(byte: u8) -> Option<&'static str> {
    const ESCAPES: [&str; 32] = [
        "\\u0000", "\\u0001", "\\u0002", "\\u0003", "\\u0004", "\\u0005", "\\u0006", "\\u0007", "\\b", "\\t", "\\n",
        "\\u000b", "\\f", "\\r", "\\u000e", "\\u000f", "\\u0010", "\\u0011", "\\u0012", "\\u0013", "\\u0014",
        "\\u0015", "\\u0016", "\\u0017", "\\u0018", "\\u0019", "\\u001a", "\\u001b", "\\u001c", "\\u001d", "\\u001e",
        "\\u001f",
    ];
    match byte {
        b'"' => Some("\\\""),
        b'\\' => Some("\\\\"),
        _ => ESCAPES.get(usize::from(byte)).copied(),
    }
}

/// Whether an escape found in the input is the one that the writer would have chosen.
pub(super) fn is_spelling_of(escape: &str, character: char) -> bool {
    u8::try_from(character).ok().filter(u8::is_ascii).and_then(escape_of) == Some(escape)
}
