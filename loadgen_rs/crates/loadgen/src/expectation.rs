//! Whether an answer is the right one.
//!
//! The status alone decides where nothing was stated, and then nothing of an answer is kept. Otherwise fields are
//! compared as they come, and the body is kept, up to a limit, to be looked at when the answer is whole.

use crate::error::LoadError;
use crate::flow::Expectation;
use crate::outcome::Unexpected;
use crate::template::{Place, Template, Values};
use fwcompare_http1::Sink;
use std::sync::Arc;

/// A longer body fails the expectations of it.
const MOST_BODY_BYTES: usize = 16 * 1024 * 1024;
/// Of a body, in the words about it.
const SHOWN_BYTES: usize = 120;
/// Fields met are kept as bits.
const MOST_FIELDS: usize = 64;

/// An [`Expectation`], ready to be checked.
#[derive(Debug)]
pub(crate) struct Check {
    statuses: Vec<u16>,
    fields: Vec<(String, Template)>,
    contains: Option<Template>,
    json: Option<Json>,
    is_stated: bool,
    looks_inside: bool,
}

#[derive(Debug)]
struct Json {
    text: Template,
    /// Parsed once, if it does not differ from flow to flow.
    fixed: Option<serde_json::Value>,
    every: u64,
}

/// What was seen of an answer. Its memory is used again and again.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// One bit for each expected field.
    fields_met: u64,
    body: Vec<u8>,
    body_bytes: usize,
    expected: Vec<u8>,
}

/// Looks at an answer for one check.
#[derive(Debug)]
pub(crate) struct Look<'all> {
    check: &'all Check,
    number: u64,
    keeps_body: bool,
    seen: &'all mut Seen,
}

impl Check {
    pub(crate) fn new(expectation: &Expectation, values: &Arc<Values>) -> Result<Self, LoadError> {
        let refuse = |seen: String, expected: &str| {
            Err(LoadError::new("expectation", seen, expected, "correct the expectation"))
        };
        if let Some(status) = expectation.statuses.iter().find(|status| !(200..1_000).contains(*status)) {
            return refuse(format!("of status {status}"), "final statuses, from 200 to 999");
        }
        if expectation.headers.len() > MOST_FIELDS {
            return refuse(format!("of {} header fields", expectation.headers.len()), "64 of them at most");
        }
        if expectation.json_every == 0 {
            return refuse("of JSON in every 0th flow".to_owned(), "1 for every flow, or a greater number");
        }
        let field = |(name, value): &(String, String)| {
            (name.clone(), Template::new(value.trim().as_bytes(), Place::Plain, values))
        };
        let mut json = None;
        if let Some(text) = &expectation.json {
            let text = Template::new(text.as_bytes(), Place::Plain, values);
            // With values in it, it is looked at as of the first flow: enough to refuse what can never be JSON.
            let mut first = Vec::new();
            text.write(0, &mut first);
            let parsed = match serde_json::from_slice(&first) {
                Ok(parsed) => parsed,
                Err(error) => return refuse(format!("of JSON that is none: {error}"), "a JSON document"),
            };
            let fixed = text.fixed().is_some().then_some(parsed);
            json = Some(Json { text, fixed, every: expectation.json_every });
        }
        Ok(Self {
            statuses: expectation.statuses.clone(),
            fields: expectation.headers.iter().map(field).collect(),
            contains: expectation.body_contains.as_ref().map(|text| Template::new(text, Place::Plain, values)),
            json,
            is_stated: expectation.is_stated(),
            looks_inside: expectation.looks_inside(),
        })
    }

    /// Whether anything was stated about answers.
    pub(crate) fn is_stated(&self) -> bool {
        self.is_stated
    }

    /// A look at the answer of flow `number`, if its status alone does not decide.
    pub(crate) fn look<'all>(&'all self, number: u64, seen: &'all mut Seen) -> Option<Look<'all>> {
        if !self.looks_inside {
            return None;
        }
        let keeps_body = self.contains.is_some() || self.json_of(number).is_some();
        Some(Look { check: self, number, keeps_body, seen })
    }

    /// Whether the status of an answer is one that was asked for.
    pub(crate) fn takes_status(&self, status: u16) -> bool {
        if self.statuses.is_empty() { (200..300).contains(&status) } else { self.statuses.contains(&status) }
    }

    /// What is wrong with a whole answer, if anything that was stated is.
    pub(crate) fn judge(&self, status: u16, number: u64, seen: &mut Seen) -> Option<Unexpected> {
        if !self.takes_status(status) {
            return (!self.statuses.is_empty()).then_some(Unexpected::Status);
        }
        if !self.looks_inside {
            return None;
        }
        if seen.fields_met.count_ones() as usize != self.fields.len() {
            return Some(Unexpected::Header);
        }
        let is_kept = seen.body_bytes == seen.body.len();
        if let Some(contains) = &self.contains {
            let expected = drawn(contains, number, &mut seen.expected);
            if !is_kept || !holds(&seen.body, expected) {
                return Some(Unexpected::Body);
            }
        }
        if let Some(json) = self.json_of(number) {
            let body = serde_json::from_slice::<serde_json::Value>(&seen.body).ok();
            let is_equal = match &json.fixed {
                Some(fixed) => body.as_ref() == Some(fixed),
                None => {
                    body.is_some() && body == serde_json::from_slice(drawn(&json.text, number, &mut seen.expected)).ok()
                }
            };
            if !is_kept || !is_equal {
                return Some(Unexpected::Json);
            }
        }
        None
    }

    fn json_of(&self, number: u64) -> Option<&Json> {
        self.json.as_ref().filter(|json| number.is_multiple_of(json.every))
    }
}

impl Seen {
    /// Forget the answer before.
    pub(crate) fn clear(&mut self) {
        self.fields_met = 0;
        self.body.clear();
        self.body_bytes = 0;
    }

    /// The beginning of the body, for people.
    pub(crate) fn shown(&self) -> String {
        let beginning = String::from_utf8_lossy(&self.body[..self.body.len().min(SHOWN_BYTES)]).into_owned();
        format!("{} bytes kept of its body, beginning with {beginning:?}", self.body.len())
    }
}

impl Sink for Look<'_> {
    fn field(&mut self, name: &str, value: &[u8]) {
        for (index, (expected_name, expected)) in self.check.fields.iter().enumerate() {
            if expected_name.eq_ignore_ascii_case(name)
                && drawn(expected, self.number, &mut self.seen.expected) == value.trim_ascii()
            {
                self.seen.fields_met |= 1 << index;
            }
        }
    }

    fn body(&mut self, bytes: &[u8]) {
        self.seen.body_bytes += bytes.len();
        if self.keeps_body && self.seen.body_bytes <= MOST_BODY_BYTES {
            self.seen.body.extend_from_slice(bytes);
        }
    }
}

/// The text of flow `number`, written into `memory` where it is not fixed.
fn drawn<'both>(template: &'both Template, number: u64, memory: &'both mut Vec<u8>) -> &'both [u8] {
    if let Some(fixed) = template.fixed() {
        return fixed;
    }
    memory.clear();
    template.write(number, memory);
    memory
}

fn holds(body: &[u8], wanted: &[u8]) -> bool {
    memchr::memmem::find(body, wanted).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Value;

    fn values() -> Arc<Values> {
        Arc::new(Values::new(&[("n".to_owned(), Value::Counter { start: 0 })], 0).unwrap())
    }

    fn judge(
        expectation: &Expectation,
        number: u64,
        status: u16,
        fields: &[(&str, &str)],
        body: &str,
    ) -> Option<Unexpected> {
        let check = Check::new(expectation, &values()).unwrap();
        let mut seen = Seen::default();
        if let Some(mut look) = check.look(number, &mut seen) {
            for (name, value) in fields {
                look.field(name, value.as_bytes());
            }
            for piece in body.as_bytes().chunks(3) {
                look.body(piece);
            }
        }
        check.judge(status, number, &mut seen)
    }

    #[test]
    fn a_stated_status_is_the_only_right_one() {
        let gone = Expectation { statuses: vec![404, 410], ..Expectation::default() };

        assert_eq!(judge(&gone, 0, 410, &[], ""), None);
        assert_eq!(judge(&gone, 0, 200, &[], ""), Some(Unexpected::Status));
        // Nothing was stated: an error of HTTP, which no expectation failed.
        assert_eq!(judge(&Expectation::default(), 0, 500, &[], ""), None);
    }

    #[test]
    fn all_stated_fields_must_be_there_with_their_value() {
        let fields = [("content-type", "text/plain"), ("x-n", " {n} ")];
        let headers = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let expectation = Expectation { headers, ..Expectation::default() };

        assert_eq!(judge(&expectation, 4, 200, &[("X-N", "4 "), ("Content-Type", "text/plain")], ""), None);
        let seen = [("x-n", "5"), ("content-type", "text/plain")];
        assert_eq!(judge(&expectation, 4, 200, &seen, ""), Some(Unexpected::Header));
        assert_eq!(judge(&expectation, 4, 200, &[("x-n", "4")], ""), Some(Unexpected::Header));
    }

    #[test]
    fn a_body_must_hold_what_was_stated() {
        let expectation = Expectation { body_contains: Some(b"\"id\":{n}".to_vec()), ..Expectation::default() };

        assert_eq!(judge(&expectation, 7, 200, &[], "{\"id\":7}"), None);
        assert_eq!(judge(&expectation, 7, 200, &[], "{\"id\":8}"), Some(Unexpected::Body));
    }

    #[test]
    fn json_is_compared_as_json_and_on_its_sample_only() {
        let json = Some("{\"a\": [1, {n}], \"b\": null}".to_owned());
        let expectation = Expectation { json, json_every: 2, ..Expectation::default() };

        assert_eq!(judge(&expectation, 2, 200, &[], "{\"b\":null,\"a\":[1,2]}"), None);
        assert_eq!(judge(&expectation, 2, 200, &[], "{\"b\":null,\"a\":[2,1]}"), Some(Unexpected::Json));
        assert_eq!(judge(&expectation, 2, 200, &[], "no JSON"), Some(Unexpected::Json));
        assert_eq!(judge(&expectation, 3, 200, &[], "no JSON"), None);
    }

    #[test]
    fn an_expectation_that_makes_no_sense_is_refused() {
        let refused = |expectation: Expectation| Check::new(&expectation, &values()).unwrap_err().to_string();

        assert!(refused(Expectation { statuses: vec![100], ..Expectation::default() }).contains("of status 100"));
        let json = Some("{".to_owned());
        assert!(refused(Expectation { json, ..Expectation::default() }).contains("JSON that is none"));
        assert!(refused(Expectation { json_every: 0, ..Expectation::default() }).contains("every 0th flow"));
    }
}
