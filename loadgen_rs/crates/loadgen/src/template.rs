//! Text with places for values, taken apart once before the load, so that a request costs no search and no allocation.
//!
//! Only the names that were declared are places: any other brace is text, since bodies are full of them.

use crate::error::LoadError;
use crate::flow::Value;
use crate::random::{stream, uniform_bits};
use std::io::Write;
use std::sync::Arc;

/// The declared values, in the order of their declaration.
#[derive(Debug)]
pub(crate) struct Values {
    declared: Vec<(String, Value)>,
    longest_name: usize,
    /// One stream of random numbers for each value.
    seeds: Vec<u64>,
}

impl Values {
    pub(crate) fn new(values: &[(String, Value)], seed: u64) -> Result<Self, LoadError> {
        for (index, (name, value)) in values.iter().enumerate() {
            let refuse = |seen: &str, expected: &str| {
                Err(LoadError::new(format!("value {name:?}"), seen, expected, "correct the value"))
            };
            let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
            if name.is_empty() || !name.bytes().all(is_word) {
                return refuse("is no name", "letters, digits, and any of _.-");
            }
            if values[..index].iter().any(|(other, _)| other == name) {
                return refuse("is declared twice", "each name once");
            }
            match value {
                Value::Random { low, high } if low > high => {
                    return refuse(&format!("is from {low} to {high}"), "an interval whose end is not below its start");
                }
                Value::Rows(rows) if rows.is_empty() => return refuse("has no rows", "one row at least"),
                Value::Counter { .. } | Value::Uuid | Value::Random { .. } | Value::Rows(_) => {}
            }
        }
        // Streams from the far end, as those from 0 on are the arrivals' and the think times'.
        let seeds = (0..values.len()).map(|index| stream(seed, u64::MAX - 1 - index as u64)).collect();
        let longest_name = values.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        Ok(Self { declared: values.to_vec(), longest_name, seeds })
    }

    fn position(&self, name: &[u8]) -> Option<usize> {
        self.declared.iter().position(|(known, _)| known.as_bytes() == name)
    }

    /// Append value `index` of flow `number`.
    fn write(&self, index: usize, number: u64, out: &mut Vec<u8>) {
        let bits = |draw: u64| uniform_bits(self.seeds[index], number.wrapping_mul(2).wrapping_add(draw));
        // Writing into memory cannot fail.
        let _ = match &self.declared[index].1 {
            Value::Counter { start } => write!(out, "{}", start.wrapping_add(number)),
            Value::Uuid => {
                // Version and variant stand in the 6th and the 8th byte (RFC 9562, section 5.4).
                let high = bits(0) & !0xf000 | 0x4000;
                let low = bits(1) & !(0b11 << 62) | 0b10 << 62;
                let (first, second, third) = (high >> 32, high >> 16 & 0xffff, high & 0xffff);
                write!(out, "{first:08x}-{second:04x}-{third:04x}-{:04x}-{:012x}", low >> 48, low & 0xffff_ffff_ffff)
            }
            Value::Random { low, high } => {
                let width = u128::from(high.abs_diff(*low)) + 1;
                // The high half of the product: without the bias of a remainder (Lemire 2019), up to 2^-64.
                let offset = (u128::from(bits(0)) * width) >> 64;
                write!(out, "{}", i128::from(*low) + offset.cast_signed())
            }
            Value::Rows(rows) => {
                let row = usize::try_from(number % rows.len() as u64).unwrap_or(0);
                out.write_all(rows[row].as_bytes())
            }
        };
    }
}

/// How a value is written into its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// As it is.
    Plain,
    /// Percent-encoded, but for unreserved characters (RFC 3986, section 2.3).
    Path,
    /// Without control characters, which would end a field.
    Field,
}

/// A text with its places.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    pieces: Vec<Piece>,
    values: Arc<Values>,
}

#[derive(Debug, Clone)]
enum Piece {
    Text(Vec<u8>),
    Value(usize, Place),
}

impl Template {
    pub(crate) fn empty(values: &Arc<Values>) -> Self {
        Self { pieces: Vec::new(), values: Arc::clone(values) }
    }

    pub(crate) fn new(text: &[u8], place: Place, values: &Arc<Values>) -> Self {
        let mut template = Self::empty(values);
        template.push(text, place);
        template
    }

    /// Append a text that may hold places.
    pub(crate) fn push(&mut self, text: &[u8], place: Place) {
        let mut rest = text;
        if self.values.declared.is_empty() {
            return self.push_text(text);
        }
        while let Some(opening) = rest.iter().position(|byte| *byte == b'{') {
            let inner = &rest[opening + 1..];
            // No further than a name may reach: a body of nothing but braces must not take forever.
            let closing = inner.iter().take(self.values.longest_name + 1).position(|byte| *byte == b'}');
            let found = closing.and_then(|closing| Some((closing, self.values.position(&inner[..closing])?)));
            if let Some((closing, value)) = found {
                self.push_text(&rest[..opening]);
                self.pieces.push(Piece::Value(value, place));
                rest = &inner[closing + 1..];
            } else {
                self.push_text(&rest[..=opening]);
                rest = inner;
            }
        }
        self.push_text(rest);
    }

    /// Append a text in which braces are no places.
    pub(crate) fn push_text(&mut self, text: &[u8]) {
        match self.pieces.last_mut() {
            Some(Piece::Text(before)) => before.extend_from_slice(text),
            _ if text.is_empty() => {}
            _ => self.pieces.push(Piece::Text(text.to_vec())),
        }
    }

    /// The whole text, if it has no places.
    pub(crate) fn fixed(&self) -> Option<&[u8]> {
        match self.pieces.as_slice() {
            [] => Some(&[]),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Append the text of flow `number`.
    pub(crate) fn write(&self, number: u64, out: &mut Vec<u8>) {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text),
                Piece::Value(value, place) => {
                    let start = out.len();
                    self.values.write(*value, number, out);
                    match place {
                        Place::Plain => {}
                        Place::Path => encode(out, start),
                        Place::Field => {
                            out[start..]
                                .iter_mut()
                                .filter(|byte| byte.is_ascii_control())
                                .for_each(|byte| *byte = b' ');
                        }
                    }
                }
            }
        }
    }
}

/// Percent-encode what stands in `out` from `start` on. Most values need none of it.
fn encode(out: &mut Vec<u8>, start: usize) {
    let is_unreserved = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    if out[start..].iter().all(is_unreserved) {
        return;
    }
    let raw = out.split_off(start);
    for byte in raw {
        if is_unreserved(&byte) {
            out.push(byte);
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn values() -> Arc<Values> {
        let declared = [
            ("n", Value::Counter { start: 5 }),
            ("id", Value::Uuid),
            ("r", Value::Random { low: -2, high: 2 }),
            ("who", Value::Rows(vec!["a b".to_owned(), "é\n".to_owned()])),
        ];
        Arc::new(Values::new(&declared.map(|(name, value)| (name.to_owned(), value)), 3).unwrap())
    }

    fn text(template: &str, place: Place, number: u64) -> String {
        let mut out = Vec::new();
        Template::new(template.as_bytes(), place, &values()).write(number, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn declared_names_are_places_and_other_braces_are_text() {
        assert_eq!(text("{\"n\": {n}, \"x\": {x}}{", Place::Plain, 2), "{\"n\": 7, \"x\": {x}}{");
        assert_eq!(text("{{n}}", Place::Plain, 0), "{5}");
        assert_eq!(Template::new(b"{x} {", Place::Plain, &values()).fixed(), Some(&b"{x} {"[..]));
        assert_eq!(Template::new(b"{n}", Place::Plain, &values()).fixed(), None);
    }

    #[test]
    fn rows_come_in_turn_and_are_encoded_for_their_place() {
        assert_eq!(text("/{who}", Place::Path, 0), "/a%20b");
        assert_eq!(text("/{who}", Place::Path, 3), "/%C3%A9%0A");
        assert_eq!(text("{who}", Place::Field, 1), "é ");
    }

    #[test]
    fn uuids_have_their_form_and_do_not_come_twice() {
        let drawn: HashSet<_> = (0..10_000).map(|number| text("{id}", Place::Plain, number)).collect();

        assert_eq!(drawn.len(), 10_000);
        for one in drawn {
            let parts: Vec<_> = one.split('-').map(str::len).collect();
            assert_eq!(parts, [8, 4, 4, 4, 12]);
            assert!(one.as_bytes()[14] == b'4' && b"89ab".contains(&one.as_bytes()[19]), "{one}");
        }
    }

    #[test]
    fn random_numbers_fill_their_interval_evenly() {
        let mut counts = std::collections::BTreeMap::new();
        for number in 0..50_000 {
            *counts.entry(text("{r}", Place::Plain, number)).or_insert(0_i32) += 1;
        }

        assert_eq!(counts.len(), 5);
        assert!(counts.values().all(|count| (count - 10_000).abs() < 400), "{counts:?}");
    }

    #[test]
    fn values_that_make_no_sense_are_refused_by_name() {
        let refused = |name: &str, value: Value| Values::new(&[(name.to_owned(), value)], 0).unwrap_err().to_string();

        assert!(refused("a b", Value::Uuid).contains("value \"a b\": is no name"));
        assert!(refused("r", Value::Random { low: 2, high: 1 }).contains("is from 2 to 1"));
        assert!(refused("rows", Value::Rows(Vec::new())).contains("has no rows"));
        let twice = [("x".to_owned(), Value::Uuid), ("x".to_owned(), Value::Uuid)];
        assert!(Values::new(&twice, 0).unwrap_err().to_string().contains("declared twice"));
    }

    proptest! {
        #[test]
        fn text_without_declared_names_stays_as_it_is(text: Vec<u8>, number: u64) {
            let none = Arc::new(Values::new(&[], 0).unwrap());
            let mut out = Vec::new();
            Template::new(&text, Place::Plain, &none).write(number, &mut out);

            prop_assert_eq!(out, text);
        }

        #[test]
        fn a_value_depends_on_seed_and_number_alone(number: u64) {
            prop_assert_eq!(text("{n}{id}{r}{who}", Place::Plain, number), text("{n}{id}{r}{who}", Place::Plain, number));
        }
    }
}
