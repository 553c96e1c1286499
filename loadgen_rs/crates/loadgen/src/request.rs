//! The bytes of a request, written once before the load, but for the values that differ from flow to flow.
//!
//! Sets `host`, `connection` and `content-length`; everything else is the caller's. Header fields that would make the
//! framing a lie are refused.

use crate::error::LoadError;
use crate::expectation::Check;
use crate::flow::Step;
use crate::target::Target;
use crate::template::{Place, Template, Values};
use std::io::Write;
use std::sync::Arc;

/// One step of a flow, ready to be sent any number of times.
#[derive(Debug)]
pub(crate) struct Request {
    /// In results.
    pub(crate) name: String,
    /// `HEAD`: answers have no body, whatever they announce.
    pub(crate) is_head: bool,
    /// Whether it ends its flow.
    pub(crate) is_last: bool,
    pub(crate) check: Check,
    form: Form,
}

#[derive(Debug)]
enum Form {
    /// Sent as it stands, again and again.
    Fixed(Vec<u8>),
    /// Differs from flow to flow.
    Drawn {
        /// Request line and fields, but for the length.
        head: Template,
        body: Template,
        announces_length: bool,
    },
}

/// A request that was drawn; its memory is used again and again.
#[derive(Debug, Default)]
pub(crate) struct Drawn {
    bytes: Vec<u8>,
    body: Vec<u8>,
}

const SET_BY_THE_GENERATOR: [&str; 3] = ["connection", "content-length", "transfer-encoding"];
/// Methods that announce the length of their body even if it is empty (RFC 9110, section 8.6).
pub(crate) const METHODS_WITH_A_BODY: [&str; 3] = ["POST", "PUT", "PATCH"];

impl Request {
    pub(crate) fn new(
        step: &Step,
        is_last: bool,
        keepalive: bool,
        target: &Target,
        values: &Arc<Values>,
    ) -> Result<Self, LoadError> {
        let method = if step.method.is_empty() { "GET" } else { &step.method };
        check_method(method)?;
        let path = step.path.as_ref().unwrap_or(&target.path_and_query);
        check_path(path)?;
        let mut head = Template::empty(values);
        head.push_text(format!("{method} ").as_bytes());
        head.push(path.as_bytes(), Place::Path);
        head.push_text(b" HTTP/1.1\r\n");
        let mut field = |name: &str, value: &str| {
            head.push_text(format!("{name}: ").as_bytes());
            head.push(value.as_bytes(), Place::Field);
            head.push_text(b"\r\n");
        };
        if !step.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            field("host", &target.authority);
        }
        for (name, value) in &step.headers {
            check_header(name, value)?;
            field(name, value);
        }
        if !keepalive {
            field("connection", "close");
        }
        let body = Template::new(&step.body, Place::Plain, values);
        let announces_length = !step.body.is_empty() || METHODS_WITH_A_BODY.contains(&method);
        let name = if step.name.is_empty() { format!("{method} {path}") } else { step.name.clone() };
        let is_head = method == "HEAD";
        let is_fixed = head.fixed().is_some() && body.fixed().is_some();
        let mut form = Form::Drawn { head, body, announces_length };
        if is_fixed {
            let mut drawn = Drawn::default();
            form.write(0, &mut drawn);
            form = Form::Fixed(drawn.bytes);
        }
        Ok(Self { name, is_head, is_last, check: Check::new(&step.expect, values)?, form })
    }

    /// Draw the request of flow `number`, where flows differ.
    pub(crate) fn draw(&self, number: u64, drawn: &mut Drawn) {
        self.form.write(number, drawn);
    }

    /// What to send; `drawn` is what [`Self::draw`] made last.
    pub(crate) fn bytes<'both>(&'both self, drawn: &'both Drawn) -> &'both [u8] {
        match &self.form {
            Form::Fixed(bytes) => bytes,
            Form::Drawn { .. } => &drawn.bytes,
        }
    }
}

impl Form {
    fn write(&self, number: u64, drawn: &mut Drawn) {
        let Self::Drawn { head, body, announces_length } = self else { return };
        drawn.bytes.clear();
        drawn.body.clear();
        head.write(number, &mut drawn.bytes);
        body.write(number, &mut drawn.body);
        if *announces_length {
            // Writing into memory cannot fail.
            let _ = write!(drawn.bytes, "content-length: {}\r\n", drawn.body.len());
        }
        drawn.bytes.extend_from_slice(b"\r\n");
        drawn.bytes.extend_from_slice(&drawn.body);
    }
}

fn check_path(path: &str) -> Result<(), LoadError> {
    if path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
        return Ok(());
    }
    Err(LoadError::new(
        "path",
        format!("is {path:?}"),
        "a path and query beginning with /, percent-encoded, without fragment",
        "correct the path",
    ))
}

fn check_method(method: &str) -> Result<(), LoadError> {
    if is_token(method) && method != "CONNECT" {
        return Ok(());
    }
    Err(LoadError::new(
        "method",
        format!("is {method:?}"),
        "an HTTP method other than CONNECT, such as GET or POST",
        "correct the method",
    ))
}

fn check_header(name: &str, value: &str) -> Result<(), LoadError> {
    let refuse = |seen: String, expected: &str, next: &str| Err(LoadError::new("headers", seen, expected, next));
    if !is_token(name) {
        return refuse(format!("name {name:?}"), "a header name, such as accept", "correct the name");
    }
    if value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
        return refuse(format!("value {value:?} of {name}"), "a value of one line", "remove the control characters");
    }
    if SET_BY_THE_GENERATOR.iter().any(|reserved| name.eq_ignore_ascii_case(reserved)) {
        return refuse(
            format!("{name} is set by the generator"),
            "only header fields that do not decide framing",
            "remove it; use keepalive and body instead",
        );
    }
    Ok(())
}

/// RFC 9110, section 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Value;

    fn request(url: &str, step: &Step, keepalive: bool) -> Result<Request, LoadError> {
        let declared = [("n".to_owned(), Value::Counter { start: 8 })];
        let values = Arc::new(Values::new(&declared, 0).unwrap());
        Request::new(step, true, keepalive, &Target::parse(url, &[]).unwrap(), &values)
    }

    fn text_of(step: &Step, keepalive: bool) -> Result<String, LoadError> {
        let request = request("http://127.0.0.1:80/a?b", step, keepalive)?;
        Ok(String::from_utf8(request.bytes(&Drawn::default()).to_vec()).unwrap())
    }

    #[test]
    fn a_plain_get_carries_only_its_host() {
        assert_eq!(text_of(&Step::default(), true).unwrap(), "GET /a?b HTTP/1.1\r\nhost: 127.0.0.1:80\r\n\r\n");
    }

    #[test]
    fn body_headers_and_close_are_written() {
        let step = Step {
            method: "POST".to_owned(),
            body: b"{}".to_vec(),
            headers: vec![("Host".to_owned(), "x".to_owned())],
            ..Step::default()
        };

        let text = text_of(&step, false).unwrap();
        assert_eq!(text, "POST /a?b HTTP/1.1\r\nHost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}");
        let empty = text_of(&Step { method: "PUT".to_owned(), ..Step::default() }, true).unwrap();
        assert!(empty.contains("content-length: 0\r\n"), "{empty}");
    }

    #[test]
    fn a_drawn_request_has_the_values_of_its_flow_and_its_own_length() {
        let step = Step {
            method: "PUT".to_owned(),
            path: Some("/items/{n}?of={x}".to_owned()),
            headers: vec![("x-n".to_owned(), "{n}".to_owned())],
            body: b"{\"n\": {n}}".to_vec(),
            ..Step::default()
        };
        let request = request("http://localhost/", &step, true).unwrap();
        let mut drawn = Drawn::default();

        for (number, n, length) in [(1, "9", 8), (2, "10", 9)] {
            request.draw(number, &mut drawn);
            let expected = format!(
                "PUT /items/{n}?of={{x}} HTTP/1.1\r\nhost: localhost\r\nx-n: {n}\r\ncontent-length: {length}\r\n\r\n\
                 {{\"n\": {n}}}"
            );
            assert_eq!(String::from_utf8_lossy(request.bytes(&drawn)), expected);
        }
    }

    #[test]
    fn what_would_break_the_framing_is_refused() {
        for (name, value) in
            [("content-length", "3"), ("Connection", "close"), ("x", "a\r\nb"), ("a b", "c"), ("", "c")]
        {
            let step = Step { headers: vec![(name.to_owned(), value.to_owned())], ..Step::default() };
            assert!(text_of(&step, true).is_err(), "{name}: {value}");
        }
        for method in ["GE T", "CONNECT"] {
            assert!(text_of(&Step { method: method.to_owned(), ..Step::default() }, true).is_err(), "{method}");
        }
        for path in ["", "x", "/a b", "/a\r\nb", "/#x"] {
            assert!(text_of(&Step { path: Some(path.to_owned()), ..Step::default() }, true).is_err(), "{path:?}");
        }
    }
}
