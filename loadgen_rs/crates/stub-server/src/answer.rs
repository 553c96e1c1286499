//! The bytes of an answer. Pure: how they are dealt out, and what goes wrong on the way, is for `connection`.

use crate::script::{Framing, Script};

/// An answer, cut where faults cut it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) bytes: Vec<u8>,
    /// Where the final head ends and the body begins.
    pub(crate) body_at: usize,
}

impl Answer {
    /// The answer to a request that did not ask for `HEAD`, or the head of it alone.
    pub(crate) fn new(script: &Script, is_head: bool, body: &[u8]) -> Self {
        let mut text = String::new();
        if let Some(status) = script.interim {
            text.push_str(&format_head(status, &["x-interim: 1"]));
        }
        let length = format!("content-length: {}", body.len());
        let mut fields = match script.framing {
            _ if has_no_body(script.status) => vec![],
            Framing::Length => vec![length.as_str()],
            Framing::Chunked => vec!["transfer-encoding: chunked"],
            Framing::UntilClose => vec![],
        };
        if script.close {
            fields.push("connection: close");
        }
        text.push_str(&format_head(script.status, &fields));
        let mut bytes = text.into_bytes();
        let body_at = bytes.len();
        if !is_head && !has_no_body(script.status) {
            match script.framing {
                Framing::Length | Framing::UntilClose => bytes.extend_from_slice(body),
                Framing::Chunked => append_chunked(&mut bytes, body),
            }
        }
        Self { bytes, body_at }
    }
}

fn has_no_body(status: u16) -> bool {
    matches!(status, 204 | 304)
}

fn format_head(status: u16, fields: &[&str]) -> String {
    let mut head = format!("HTTP/1.1 {status} Stub\r\n");
    for field in fields {
        head.push_str(field);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    head
}

/// In two chunks where that is possible, so that a chunk ends inside of the body.
fn append_chunked(bytes: &mut Vec<u8>, body: &[u8]) {
    let (first, second) = body.split_at(body.len() / 2);
    for chunk in [first, second].into_iter().filter(|chunk| !chunk.is_empty()) {
        bytes.extend_from_slice(format!("{:x};part=1\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\nx-trailer: 1\r\n\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(query: &str, is_head: bool) -> String {
        let script = Script::parse(query).unwrap();
        String::from_utf8(Answer::new(&script, is_head, b"abcde").bytes).unwrap()
    }

    #[test]
    fn each_framing_is_written_as_it_should_be() {
        assert_eq!(text("/", false), "HTTP/1.1 200 Stub\r\ncontent-length: 5\r\n\r\nabcde");
        assert_eq!(text("/", true), "HTTP/1.1 200 Stub\r\ncontent-length: 5\r\n\r\n");
        assert_eq!(text("/?framing=until-close", false), "HTTP/1.1 200 Stub\r\n\r\nabcde");
        assert_eq!(
            text("/?framing=chunked", false),
            "HTTP/1.1 200 Stub\r\ntransfer-encoding: chunked\r\n\r\n\
             2;part=1\r\nab\r\n3;part=1\r\ncde\r\n0\r\nx-trailer: 1\r\n\r\n"
        );
        assert_eq!(text("/?status=204", false), "HTTP/1.1 204 Stub\r\n\r\n");
    }

    #[test]
    fn an_interim_answer_goes_ahead() {
        assert!(text("/?interim=103", false).starts_with("HTTP/1.1 103 Stub\r\nx-interim: 1\r\n\r\nHTTP/1.1 200 "));
    }
}
