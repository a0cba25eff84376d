//! JSON as Python writes it: Mistral's models were trained on what `json.dumps` gives.
//!
//! `json.dumps(json.loads(text), ensure_ascii=False)`: `", "` and `": "` between values, whole
//! numbers digit for digit, floats by their shortest form, the last of two equal keys.

use std::collections::HashMap;
use std::fmt::Write as _;

/// Values inside one another, beyond which a text is not read as JSON. Python's own bound is its
/// stack's.
const DEPTH: usize = 128;

/// A JSON text written anew; nothing if Python would not read it.
pub(super) fn normalised(text: &str) -> Option<String> {
    let mut reader = Reader { text, at: 0 };
    let mut out = String::with_capacity(text.len());
    reader.value(0)?.write(&mut out);
    reader.space();
    (reader.at == text.len()).then_some(out)
}

/// A text as a JSON string.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    quote(text, &mut out);
    out
}

/// A text that should be JSON: written anew if it is, an object without members if it is empty, a
/// string else.
pub(super) fn value(text: &str) -> String {
    match text.is_empty() {
        true => "{}".to_owned(),
        false => normalised(text).unwrap_or_else(|| quoted(text)),
    }
}

enum Value {
    /// A number, a truth value or null, as Python writes it.
    Word(String),
    String(String),
    Array(Vec<Value>),
    Object(Vec<(String, Value)>),
}

impl Value {
    fn write(&self, out: &mut String) {
        match self {
            Self::Word(word) => out.push_str(word),
            Self::String(text) => quote(text, out),
            Self::Array(values) => {
                out.push('[');
                for (index, value) in values.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    value.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    quote(name, out);
                    out.push_str(": ");
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        let rest = self.rest();
        let after = rest.trim_start_matches([' ', '\t', '\n', '\r']);
        self.at += rest.len() - after.len();
    }

    fn take(&mut self, expected: &str) -> Option<()> {
        self.rest()
            .starts_with(expected)
            .then(|| self.at += expected.len())
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > DEPTH {
            return None;
        }
        self.space();
        match self.rest().as_bytes().first()? {
            b'"' => self.string().map(Value::String),
            b'[' => self.array(depth),
            b'{' => self.object(depth),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Option<Value> {
        for word in ["null", "true", "false", "NaN", "Infinity", "-Infinity"] {
            if self.take(word).is_some() {
                return Some(Value::Word(word.to_owned()));
            }
        }
        self.number().map(Value::Word)
    }

    fn number(&mut self) -> Option<String> {
        let bytes = self.rest().as_bytes();
        let digits = |from: usize| {
            bytes[from..]
                .iter()
                .take_while(|b| b.is_ascii_digit())
                .count()
        };
        let whole = usize::from(bytes.first() == Some(&b'-'));
        let mut end = whole
            + match bytes.get(whole)? {
                b'0' => 1,
                b'1'..=b'9' => digits(whole),
                _ => return None,
            };
        let integer = end;
        if bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
            end += 1 + digits(end + 1);
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            if digits(end + 1 + sign) > 0 {
                end += 1 + sign + digits(end + 1 + sign);
            }
        }
        let number = &self.rest()[..end];
        self.at += end;
        match (end == integer, number) {
            (true, "-0") => Some("0".to_owned()),
            (true, _) => Some(number.to_owned()),
            (false, _) => number.parse().ok().map(float),
        }
    }

    fn string(&mut self) -> Option<String> {
        self.take("\"")?;
        let mut out = String::new();
        loop {
            let rest = self.rest();
            let plain = rest.find(|c: char| matches!(c, '"' | '\\' | '\0'..='\u{1f}'))?;
            out.push_str(&rest[..plain]);
            self.at += plain + 1;
            match rest.as_bytes()[plain] {
                b'"' => return Some(out),
                b'\\' => out.push(self.escape()?),
                _ => return None,
            }
        }
    }

    /// What stands after a backslash. Half a pair of UTF-16 becomes U+FFFD, as it does when Python
    /// encodes it for the tokenizer.
    fn escape(&mut self) -> Option<char> {
        let character = self.rest().chars().next()?;
        self.at += character.len_utf8();
        Some(match character {
            '"' | '\\' | '/' => character,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let unit = self.unit()?;
                let low = self.rest().strip_prefix("\\u").and_then(|_| {
                    let mut ahead = Self {
                        text: self.text,
                        at: self.at + 2,
                    };
                    ahead.unit().filter(|low| (0xDC00..0xE000).contains(low))
                });
                match (unit, low) {
                    (0xD800..0xDC00, Some(low)) => {
                        self.at += 6;
                        char::from_u32(0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00))?
                    }
                    _ => char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER),
                }
            }
            _ => return None,
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4)?;
        let all = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        self.at += 4;
        all.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
    }

    fn array(&mut self, depth: usize) -> Option<Value> {
        self.take("[")?;
        let mut values = Vec::new();
        self.space();
        if self.take("]").is_some() {
            return Some(Value::Array(values));
        }
        loop {
            values.push(self.value(depth + 1)?);
            self.space();
            if self.take("]").is_some() {
                return Some(Value::Array(values));
            }
            self.take(",")?;
        }
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        self.take("{")?;
        let mut members: Vec<(String, Value)> = Vec::new();
        let mut places = HashMap::new();
        self.space();
        if self.take("}").is_some() {
            return Some(Value::Object(members));
        }
        loop {
            self.space();
            let name = self.string()?;
            self.space();
            self.take(":")?;
            let value = self.value(depth + 1)?;
            // A later member of the same name stands where the first stood.
            match places.get(&name) {
                Some(&place) => members[place] = (name, value),
                None => {
                    places.insert(name.clone(), members.len());
                    members.push((name, value));
                }
            }
            self.space();
            if self.take("}").is_some() {
                return Some(Value::Object(members));
            }
            self.take(",")?;
        }
    }
}

/// A float as Python's `repr` writes it: its shortest digits, with an exponent below 1e-4 and from
/// 1e16 on.
fn float(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if value != 0.0 && !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.unsigned_abs());
    }
    let plain = format!("{value}");
    match plain.contains('.') {
        true => plain,
        false => plain + ".0",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Expected values by CPython 3.11.
    #[test]
    fn values_are_written_as_python_writes_them() {
        for (text, expected) in [
            (
                r#"{"a":1,"b":[1,2.0,1e3],"a":null}"#,
                r#"{"a": null, "b": [1, 2.0, 1000.0]}"#,
            ),
            (" [ ] ", "[]"),
            ("{ }", "{}"),
            (r#""\u00e9\ud83d\ude00\/\u0007é""#, "\"é😀/\\u0007é\""),
            (r#""\ud83d x""#, "\"\u{FFFD} x\""),
            ("-0", "0"),
            ("-0.0", "-0.0"),
            ("1E400", "Infinity"),
            ("-Infinity", "-Infinity"),
            ("NaN", "NaN"),
            ("1e16", "1e+16"),
            ("9999999999999998.0", "9999999999999998.0"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("1.5e-7", "1.5e-07"),
            ("1.25e100", "1.25e+100"),
            ("5e-324", "5e-324"),
            (
                "123456789012345678901234567890",
                "123456789012345678901234567890",
            ),
            ("0.1", "0.1"),
            ("100.0", "100.0"),
        ] {
            assert_eq!(normalised(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_python_does_not_read_is_a_string() {
        for text in [
            "",
            " ",
            "bonjour",
            "{'a': 1}",
            "[1,]",
            "{\"a\":1,}",
            "01",
            "1.",
            ".5",
            "+1",
            "\"a\nb\"",
            "\"\\x41\"",
            "\"\\u12g4\"",
            "[1] 2",
            "\u{feff}{}",
            "tru",
            "{1:2}",
            "\"ouvert",
        ] {
            assert_eq!(normalised(text), None, "{text}");
        }
        assert_eq!(value(""), "{}");
        assert_eq!(value("deux \"mots\"\u{7f}"), "\"deux \\\"mots\\\"\u{7f}\"");
        let deep = "[".repeat(60_000);
        assert_eq!(normalised(&deep), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_back_from_its_quotes(text in any::<String>()) {
            let mut quoted = String::new();
            quote(&text, &mut quoted);
            let mut reader = Reader { text: &quoted, at: 0 };
            prop_assert_eq!(reader.string(), Some(text));
        }

        #[test]
        fn any_input_ends_and_what_is_written_stays(text in r#"[\[\]{}",:0-9eE.\-+\\untrl é]{0,40}"#) {
            if let Some(once) = normalised(&text) {
                prop_assert_eq!(normalised(&once), Some(once));
            }
        }

        #[test]
        fn any_float_is_read_back(value in proptest::num::f64::NORMAL) {
            prop_assert_eq!(float(value).parse::<f64>().unwrap(), value);
        }
    }
}
