//! One request at a time, over a connection that it may share with others.
//!
//! Says how far the request has come, and shows its answer to who wants to see it. What is counted is the worker's.

use super::bell::{Bell, Caller, Calls};
use crate::clock::now_ns;
use crate::connection::NEVER_NS;
use crate::desk::Following;
use crate::expectation::{Check, Seen};
use crate::recorder::Exchange;
use bytes::Bytes;
use fwcompare_http1::Sink;
use h2::client::ResponseFuture;
use h2::{Error, Reason, RecvStream, SendStream};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// How far the request has come.
#[derive(Debug)]
pub(crate) enum Step {
    Pending,
    /// The whole answer is here since `at_ns`.
    Answered {
        status: u16,
        at_ns: u64,
    },
    Broken(Error),
}

/// Where a slot stands.
#[derive(Debug)]
pub(crate) enum Stage {
    /// Carries no request.
    Free,
    /// Waits for this line to be opened.
    Connecting(usize),
    UnderWay(UnderWay),
}

/// A request that was handed over.
#[derive(Debug)]
pub(crate) struct UnderWay {
    pub(crate) line: usize,
    /// Reads from the connection before.
    pub(crate) reads_before: u64,
    response: ResponseFuture,
    /// Of a request with a body.
    sending: Option<SendStream<Bytes>>,
    /// The status, and the body on its way.
    answer: Option<(u16, RecvStream)>,
}

#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) stage: Stage,
    pub(crate) exchange: Exchange,
    /// When to give up on what it waits for.
    pub(crate) deadline_ns: u64,
    /// The request was sent before, over a connection that the target did not serve it on.
    pub(crate) is_retry: bool,
    /// Of the answer under way, if there is more to expect of it than a status.
    pub(crate) seen: Seen,
    /// What follows once the request under way is answered.
    pub(crate) following: Following,
    bell: Arc<Bell>,
    waker: Waker,
}

impl Slot {
    pub(crate) fn new(index: usize, calls: &Calls) -> Self {
        let bell = calls.bell(Caller::Slot(index));
        Self {
            stage: Stage::Free,
            exchange: Exchange::default(),
            deadline_ns: NEVER_NS,
            is_retry: false,
            seen: Seen::default(),
            following: None,
            waker: bell.waker(),
            bell,
        }
    }

    /// The request was handed over. It is polled soon.
    pub(crate) fn sent(&mut self, line: usize, reads_before: u64, stream: (ResponseFuture, Option<SendStream<Bytes>>)) {
        let (response, sending) = stream;
        self.stage = Stage::UnderWay(UnderWay { line, reads_before, response, sending, answer: None });
        self.waker.wake_by_ref();
    }

    pub(crate) fn poll(&mut self, check: &Check) -> Step {
        self.bell.answer();
        let Stage::UnderWay(under_way) = &mut self.stage else { return Step::Pending };
        let mut look = check.look(self.exchange.number, &mut self.seen);
        let outcome = under_way.poll(&mut Context::from_waker(&self.waker), &mut self.exchange, &mut |seen| {
            let Some(look) = &mut look else { return };
            match seen {
                Part::Field(name, value) => look.field(name, value),
                Part::Body(bytes) => look.body(bytes),
            }
        });
        match outcome {
            Poll::Pending => Step::Pending,
            Poll::Ready(Ok(status)) => Step::Answered { status, at_ns: now_ns() },
            Poll::Ready(Err(error)) => Step::Broken(error),
        }
    }

    /// Let go of the request. If its answer is not through, `h2` resets the stream.
    pub(crate) fn free(&mut self) {
        self.deadline_ns = NEVER_NS;
        if let Stage::UnderWay(UnderWay { sending: Some(mut sending), .. }) =
            std::mem::replace(&mut self.stage, Stage::Free)
        {
            // An answer may come before the request was all sent. Does nothing if it was.
            sending.send_reset(Reason::CANCEL);
        }
    }
}

/// What there is to see of an answer.
enum Part<'all> {
    Field(&'all str, &'all [u8]),
    Body(&'all [u8]),
}

impl UnderWay {
    /// The status of the answer, once it is whole.
    fn poll(
        &mut self,
        context: &mut Context<'_>,
        exchange: &mut Exchange,
        show: &mut dyn FnMut(Part<'_>),
    ) -> Poll<Result<u16, Error>> {
        let (status, body) = match &mut self.answer {
            Some(answer) => answer,
            None => match Pin::new(&mut self.response).poll(context)? {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(answer) => {
                    exchange.first_byte_ns.get_or_insert_with(now_ns);
                    for (name, value) in answer.headers() {
                        show(Part::Field(name.as_str(), value.as_bytes()));
                    }
                    self.answer.insert((answer.status().as_u16(), answer.into_body()))
                }
            },
        };
        while !body.is_end_stream() {
            match body.poll_data(context)? {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(bytes)) => {
                    exchange.received_bytes += bytes.len() as u64;
                    show(Part::Body(&bytes));
                    // What was seen makes room for more.
                    body.flow_control().release_capacity(bytes.len())?;
                }
                // Trailers, which nobody asks for, may still be to come.
                Poll::Ready(None) => return body.poll_trailers(context).map_ok(|_| *status),
            }
        }
        Poll::Ready(Ok(*status))
    }
}
