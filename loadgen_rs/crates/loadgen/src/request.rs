//! The bytes of a request, written once before the load.
//!
//! Sets `host`, `connection` and `content-length`; everything else is the caller's. Header fields that would make the
//! framing a lie are refused.

use crate::config::LoadConfig;
use crate::error::LoadError;
use crate::target::Target;

/// A request that is sent as it stands, again and again.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) bytes: Vec<u8>,
    /// `HEAD`: answers have no body, whatever they announce.
    pub(crate) is_head: bool,
}

const SET_BY_THE_GENERATOR: [&str; 3] = ["connection", "content-length", "transfer-encoding"];
/// Methods that announce the length of their body even if it is empty (RFC 9110, section 8.6).
const METHODS_WITH_A_BODY: [&str; 3] = ["POST", "PUT", "PATCH"];

impl Request {
    pub(crate) fn new(config: &LoadConfig, target: &Target) -> Result<Self, LoadError> {
        check_method(&config.method)?;
        let mut text = format!("{} {} HTTP/1.1\r\n", config.method, target.path_and_query);
        let mut field = |name: &str, value: &str| {
            for part in [name, ": ", value, "\r\n"] {
                text.push_str(part);
            }
        };
        if !config.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            field("host", &target.authority);
        }
        for (name, value) in &config.headers {
            check_header(name, value)?;
            field(name, value);
        }
        if !config.keepalive {
            field("connection", "close");
        }
        if !config.body.is_empty() || METHODS_WITH_A_BODY.contains(&config.method.as_str()) {
            field("content-length", &config.body.len().to_string());
        }
        text.push_str("\r\n");
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(&config.body);
        Ok(Self { bytes, is_head: config.method == "HEAD" })
    }
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
    use crate::config::Limit;

    fn text_of(change: impl FnOnce(&mut LoadConfig)) -> Result<String, LoadError> {
        let mut config = LoadConfig::new("http://127.0.0.1:80/a?b", Limit::Requests(1));
        change(&mut config);
        let target = Target::parse(&config.url, &[]).unwrap();
        Request::new(&config, &target).map(|request| String::from_utf8(request.bytes).unwrap())
    }

    #[test]
    fn a_plain_get_carries_only_its_host() {
        assert_eq!(text_of(|_| ()).unwrap(), "GET /a?b HTTP/1.1\r\nhost: 127.0.0.1:80\r\n\r\n");
    }

    #[test]
    fn body_headers_and_close_are_written() {
        let text = text_of(|config| {
            config.method = "POST".to_owned();
            config.body = b"{}".to_vec();
            config.headers = vec![("Host".to_owned(), "x".to_owned())];
            config.keepalive = false;
        });

        assert_eq!(text.unwrap(), "POST /a?b HTTP/1.1\r\nHost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}");
        let empty = text_of(|config| config.method = "PUT".to_owned()).unwrap();
        assert!(empty.contains("content-length: 0\r\n"), "{empty}");
    }

    #[test]
    fn what_would_break_the_framing_is_refused() {
        for (name, value) in
            [("content-length", "3"), ("Connection", "close"), ("x", "a\r\nb"), ("a b", "c"), ("", "c")]
        {
            let outcome = text_of(|config| config.headers = vec![(name.to_owned(), value.to_owned())]);
            assert!(outcome.is_err(), "{name}: {value}");
        }
        for method in ["", "GE T", "CONNECT"] {
            assert!(text_of(|config| config.method = method.to_owned()).is_err(), "{method}");
        }
    }
}
