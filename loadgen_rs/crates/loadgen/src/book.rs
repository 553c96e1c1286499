//! All requests of a load, and which flow is chosen when: a pure function of the load's seed and the flow's number.

use crate::config::{LoadConfig, Protocol, check_count};
use crate::error::LoadError;
use crate::h2::Ask;
use crate::random::{stream, uniform_bits};
use crate::request::Request;
use crate::target::Target;
use crate::template::Values;
use std::sync::Arc;

/// Each has histograms of its own.
const MOST_STEPS: usize = 256;

/// The requests, those of a flow one after the other.
#[derive(Debug)]
pub(crate) struct Book {
    requests: Vec<Request>,
    /// The same in the form of HTTP/2, if that is what is spoken.
    asks: Vec<Ask>,
    /// For each flow the sum of the weights up to its own, and its first request.
    flows: Vec<(u64, usize)>,
    seed: u64,
}

impl Book {
    pub(crate) fn new(config: &LoadConfig, target: &Target) -> Result<Self, LoadError> {
        let values = Arc::new(Values::new(&config.values, config.seed)?);
        let steps = config.flows.iter().map(|flow| flow.steps.len()).sum::<usize>();
        check_count("flows", config.flows.len(), 1..=MOST_STEPS)?;
        check_count("steps of all flows", steps, 1..=MOST_STEPS)?;
        let mut book =
            Self { requests: Vec::new(), asks: Vec::new(), flows: Vec::new(), seed: stream(config.seed, u64::MAX) };
        let mut weights = 0;
        for flow in &config.flows {
            check_count("weight of a flow", flow.weight, 1..=1_000_000)?;
            check_count("steps of a flow", flow.steps.len(), 1..=MOST_STEPS)?;
            weights += u64::from(flow.weight);
            book.flows.push((weights, book.requests.len()));
            for (index, step) in flow.steps.iter().enumerate() {
                let is_last = index + 1 == flow.steps.len();
                book.requests.push(Request::new(step, is_last, config.keepalive, target, &values)?);
                if config.protocol != Protocol::Http1 {
                    book.asks.push(Ask::new(step, target, &values)?);
                }
            }
        }
        Ok(book)
    }

    /// The first request of flow `number`.
    pub(crate) fn first(&self, number: u64) -> usize {
        let [.., (weights, last)] = self.flows.as_slice() else { return 0 };
        if self.flows.len() == 1 {
            return *last;
        }
        let product = u128::from(uniform_bits(self.seed, number)) * u128::from(*weights);
        let drawn = u64::try_from(product >> 64).unwrap_or(0);
        self.flows.iter().find(|(sum, _)| drawn < *sum).map_or(*last, |(_, first)| *first)
    }

    pub(crate) fn request(&self, index: usize) -> &Request {
        &self.requests[index]
    }

    /// The same request for HTTP/2, in a load that speaks it.
    pub(crate) fn ask(&self, index: usize) -> &Ask {
        &self.asks[index]
    }

    /// In the order of their indices.
    pub(crate) fn requests(&self) -> &[Request] {
        &self.requests
    }

    /// Whether anything was stated about any answer.
    pub(crate) fn states_expectations(&self) -> bool {
        self.requests.iter().any(|request| request.check.is_stated())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Limit;
    use crate::flow::{Flow, Step};

    fn book(flows: Vec<Flow>) -> Result<Book, LoadError> {
        let config = LoadConfig { flows, ..LoadConfig::new("http://127.0.0.1/", Limit::Requests(1)) };
        Book::new(&config, &Target::parse(&config.url, &[])?)
    }

    #[test]
    fn flows_are_chosen_by_their_weights_and_the_same_way_again() {
        let flow = |weight, steps| Flow { weight, steps: vec![Step::default(); steps] };
        let make = || book(vec![flow(1, 2), flow(3, 1), flow(6, 3)]).unwrap();
        let mut counts = [0; 6];
        let (one, other) = (make(), make());
        for number in 0..50_000 {
            counts[one.first(number)] += 1;
            assert_eq!(one.first(number), other.first(number));
        }

        for (index, expected) in [(0, 5_000_i32), (1, 0), (2, 15_000), (3, 30_000), (4, 0), (5, 0)] {
            assert!((counts[index] - expected).abs() < 500, "{counts:?}");
        }
        assert_eq!(
            one.requests().iter().map(|request| request.is_last).collect::<Vec<_>>(),
            [false, true, true, false, false, true]
        );
    }

    #[test]
    fn a_book_without_requests_is_refused() {
        assert!(book(Vec::new()).is_err());
        assert!(book(vec![Flow { weight: 1, steps: Vec::new() }]).is_err());
        assert!(book(vec![Flow { weight: 0, ..Flow::default() }]).is_err());
    }
}
