//! A request in the form that HTTP/2 has for it: pseudo fields, fields and body apart.
//!
//! Made once before the load; what does not differ from flow to flow is cloned for each request, which copies no text.
//! `host` becomes `:authority`. Fields that only make sense over HTTP/1.1 are refused.

use crate::error::LoadError;
use crate::flow::Step;
use crate::request::METHODS_WITH_A_BODY;
use crate::target::Target;
use crate::template::{Place, Template, Values};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, HeaderName, HeaderValue, TE};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Method, Request, Uri, Version};
use std::sync::Arc;

/// RFC 9113, section 8.2.2; those that the generator sets itself over HTTP/1.1 are refused there.
const OF_HTTP_1: [&str; 3] = ["keep-alive", "proxy-connection", "upgrade"];

/// One step of a flow, ready to be asked any number of times.
#[derive(Debug)]
pub(crate) struct Ask {
    /// As in flow 0, but for fields that differ from flow to flow.
    fixed: Request<()>,
    /// If it differs.
    path: Option<Template>,
    /// Those that differ.
    fields: Vec<(HeaderName, Template)>,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Fixed(Bytes),
    Drawn(Template),
}

impl Ask {
    /// Of a step that was found fit for HTTP/1.1.
    pub(crate) fn new(step: &Step, target: &Target, values: &Arc<Values>) -> Result<Self, LoadError> {
        let refuse = |who: &str, seen: String, expected: &str| {
            Err(LoadError::new(who, seen, format!("{expected}, over HTTP/2"), "correct it, or turn http2 off"))
        };
        let method = if step.method.is_empty() { "GET" } else { &step.method };
        let path_text = step.path.as_ref().unwrap_or(&target.path_and_query);
        let path = Template::new(path_text.as_bytes(), Place::Path, values);
        let Ok(method) = Method::from_bytes(method.as_bytes()) else {
            return refuse("method", format!("is {method:?}"), "an HTTP method, such as GET or POST");
        };
        let mut authority = target.authority.clone();
        let (mut fixed_fields, mut fields) = (Vec::new(), Vec::new());
        for (name, value) in &step.headers {
            let template = Template::new(value.as_bytes(), Place::Field, values);
            let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
                return refuse("headers", format!("name {name:?}"), "a header name, such as accept");
            };
            if OF_HTTP_1.contains(&name.as_str()) || (name == TE && value != "trailers") {
                return refuse("headers", format!("{name}: {value}"), "no field that is about an HTTP/1.1 connection");
            }
            match template.fixed() {
                Some(_) if name == HOST => authority.clone_from(value),
                None if name == HOST => {
                    return refuse("headers", format!("host {value:?} holds a value"), "the same host in all flows");
                }
                Some(text) => fixed_fields.push((name, field(text.to_vec()))),
                None => fields.push((name, template)),
            }
        }
        let Ok(authority) = Authority::try_from(authority.as_str()) else {
            return refuse("headers", format!("host {authority:?}"), "host[:port]");
        };
        let scheme = if target.is_tls { Scheme::HTTPS } else { Scheme::HTTP };
        let Some(uri) = uri_of(scheme, authority, &path, 0) else {
            return refuse("path", format!("is {path_text:?}"), "a path and query in the letters of RFC 3986");
        };
        let announces_length = !step.body.is_empty() || METHODS_WITH_A_BODY.contains(&method.as_str());
        let body = Template::new(&step.body, Place::Plain, values);
        let body = body.fixed().map(Bytes::copy_from_slice).map_or(Body::Drawn(body), Body::Fixed);
        let mut fixed = Request::new(());
        *fixed.version_mut() = Version::HTTP_2;
        *fixed.method_mut() = method;
        *fixed.uri_mut() = uri;
        for (name, value) in fixed_fields {
            fixed.headers_mut().append(name, value);
        }
        if let (Body::Fixed(body), true) = (&body, announces_length) {
            fixed.headers_mut().insert(CONTENT_LENGTH, body.len().into());
        }
        Ok(Self { fixed, path: path.fixed().is_none().then_some(path), fields, body })
    }

    /// The request of flow `number`, and its body.
    pub(crate) fn draw(&self, number: u64) -> (Request<()>, Bytes) {
        let mut request = self.fixed.clone();
        let uri = self.fixed.uri();
        if let (Some(path), Some(scheme), Some(authority)) = (&self.path, uri.scheme(), uri.authority())
            // Values are percent-encoded, and the text around them was looked at before the load.
            && let Some(uri) = uri_of(scheme.clone(), authority.clone(), path, number)
        {
            *request.uri_mut() = uri;
        }
        for (name, template) in &self.fields {
            request.headers_mut().append(name.clone(), field(text_of(template, number)));
        }
        let body = match &self.body {
            Body::Fixed(body) => body.clone(),
            Body::Drawn(template) => {
                let body = Bytes::from(text_of(template, number));
                request.headers_mut().insert(CONTENT_LENGTH, body.len().into());
                body
            }
        };
        (request, body)
    }
}

fn uri_of(scheme: Scheme, authority: Authority, path: &Template, number: u64) -> Option<Uri> {
    let path = PathAndQuery::from_maybe_shared(Bytes::from(text_of(path, number))).ok()?;
    let mut parts = http::uri::Parts::default();
    (parts.scheme, parts.authority, parts.path_and_query) = (Some(scheme), Some(authority), Some(path));
    Uri::from_parts(parts).ok()
}

fn text_of(template: &Template, number: u64) -> Vec<u8> {
    let mut text = Vec::new();
    template.write(number, &mut text);
    text
}

/// A value without control characters, which leaves nothing to refuse.
fn field(text: Vec<u8>) -> HeaderValue {
    HeaderValue::from_maybe_shared(Bytes::from(text)).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Value;

    fn ask(step: &Step) -> Result<Ask, LoadError> {
        let declared = [("n".to_owned(), Value::Counter { start: 8 })];
        let values = Arc::new(Values::new(&declared, 0)?);
        Ask::new(step, &Target::parse("http://127.0.0.1:80/a?b", &[])?, &values)
    }

    fn with_field(name: &str, value: &str) -> Step {
        Step { headers: vec![(name.to_owned(), value.to_owned())], ..Step::default() }
    }

    #[test]
    fn a_plain_get_has_pseudo_fields_only() {
        let (request, body) = ask(&Step::default()).unwrap().draw(3);

        assert_eq!((request.method(), request.uri().to_string().as_str()), (&Method::GET, "http://127.0.0.1:80/a?b"));
        assert!(request.headers().is_empty() && body.is_empty());
    }

    #[test]
    fn a_host_becomes_the_authority_and_an_empty_body_is_announced_where_one_is_expected() {
        let step = Step { method: "PUT".to_owned(), ..with_field("Host", "x:1") };
        let (request, _) = ask(&step).unwrap().draw(0);

        assert_eq!(request.uri().authority().map(Authority::as_str), Some("x:1"));
        assert_eq!(request.headers().iter().collect::<Vec<_>>(), [(&CONTENT_LENGTH, &HeaderValue::from_static("0"))]);
    }

    #[test]
    fn a_drawn_request_has_the_values_of_its_flow_and_its_own_length() {
        let step = Step {
            method: "POST".to_owned(),
            path: Some("/items/{n}?of=%20{x}".to_owned()),
            body: b"[{n}]".to_vec(),
            ..with_field("X-N", "{n}\u{e9}")
        };
        let ask = ask(&step).unwrap();

        for (number, n, length) in [(1, "9", "3"), (2, "10", "4")] {
            let (request, body) = ask.draw(number);
            assert_eq!(request.uri().path_and_query().unwrap().as_str(), format!("/items/{n}?of=%20{{x}}"));
            assert_eq!(request.headers()["x-n"].as_bytes(), format!("{n}\u{e9}").as_bytes());
            assert_eq!((&request.headers()[CONTENT_LENGTH], body), (&length.parse().unwrap(), format!("[{n}]").into()));
        }
    }

    #[test]
    fn what_has_no_place_in_http_2_is_refused() {
        for (name, value) in [("upgrade", "h2c"), ("Keep-Alive", "1"), ("te", "gzip"), ("host", "{n}"), ("host", "a b")]
        {
            let message = ask(&with_field(name, value)).unwrap_err().to_string();
            assert!(message.contains("over HTTP/2"), "{message}");
        }
        assert!(ask(&with_field("te", "trailers")).is_ok());
        assert!(ask(&Step { path: Some("/<".to_owned()), ..Step::default() }).is_err());
    }
}
