//! What to ask of the target, in what order, and which answers are right: values only.
//!
//! A flow is a row of requests that follow each other on one connection. Texts may hold `{name}`, where `name` is one of
//! the load's [`Value`]s; any other brace stands for itself. How these become bytes is in `template` and `request`, how
//! an answer is judged in `expectation`.

/// Requests that follow each other on one connection: each is sent once the one before had the answer it should have.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    /// How often it is chosen, against the weights of the other flows; 1 to 1,000,000.
    pub weight: u32,
    /// One request at least.
    pub steps: Vec<Step>,
}

/// One request of a flow.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Step {
    /// In results; empty for method and path.
    pub name: String,
    /// As it goes over the wire; empty for `GET`.
    pub method: String,
    /// Path and query, beginning with `/`; `None` for those of the URL. Values are percent-encoded in it.
    pub path: Option<String>,
    /// Header fields beside those that the generator sets itself (`host` may be overridden).
    pub headers: Vec<(String, String)>,
    /// Body; `content-length` is set from it. Values stand in it as they are.
    pub body: Vec<u8>,
    /// Which answers are right.
    pub expect: Expectation,
}

/// Which answers count as ok; by default, those of status 200 to 299.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// Statuses; none for 200 to 299.
    pub statuses: Vec<u16>,
    /// Header fields with their value, blanks around it left out. Others may be there.
    pub headers: Vec<(String, String)>,
    /// What the body holds somewhere.
    pub body_contains: Option<Vec<u8>>,
    /// What the body is, as JSON: order of keys and blanks aside.
    pub json: Option<String>,
    /// Compare the JSON of every so many-th flow only, as parsing takes time; 1 for all.
    pub json_every: u64,
}

/// A value that differs from flow to flow and is the same in all steps of one: a pure function of the load's seed and
/// the flow's number, which counts from 0, warm-up included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// The flow's number plus this.
    Counter {
        /// The first one.
        start: u64,
    },
    /// A random UUID (version 4).
    Uuid,
    /// A whole number of an interval, all alike likely; not unique.
    Random {
        /// The least.
        low: i64,
        /// The greatest, which is in the interval.
        high: i64,
    },
    /// These texts one after the other, and from the first again.
    Rows(Vec<String>),
}

impl Default for Flow {
    fn default() -> Self {
        Self { weight: 1, steps: vec![Step::default()] }
    }
}

impl Default for Expectation {
    fn default() -> Self {
        Self { statuses: Vec::new(), headers: Vec::new(), body_contains: None, json: None, json_every: 1 }
    }
}

impl Expectation {
    /// Whether anything was stated.
    pub(crate) fn is_stated(&self) -> bool {
        !self.statuses.is_empty() || self.looks_inside()
    }

    /// Whether it takes more than the status to judge an answer.
    pub(crate) fn looks_inside(&self) -> bool {
        !self.headers.is_empty() || self.body_contains.is_some() || self.json.is_some()
    }
}
