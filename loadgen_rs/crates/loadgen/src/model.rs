//! Which load model, with its parameters: closed (a user sends when the last answer is there) or open (requests are
//! due by a schedule, whatever the target does).
//!
//! Values and their checks only; the schedule itself is made in `arrivals`.

use crate::config::{HOUR, NEXT, check_count, check_time};
use crate::error::LoadError;
use std::time::Duration;

/// Who decides when a request is due.
#[derive(Debug, Clone, PartialEq)]
pub enum Model {
    /// The answers do: each connection sends, waits for its answer, thinks and sends again.
    Closed(ClosedModel),
    /// A schedule does, fixed before the first request.
    Open(OpenModel),
}

/// Parameters of the closed model. The default neither thinks nor spreads its start.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClosedModel {
    /// Between the end of a request and the next one on the same connection; the mean, when it is drawn.
    pub think_time: Duration,
    /// How think times are spread.
    pub spread: Spread,
    /// Connections that start per second; `None` starts all of them at once.
    pub spawn_rate: Option<f64>,
}

/// Parameters of the open model.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenModel {
    /// Requests due per second, all connections together.
    pub rate: f64,
    /// How the gaps between them are spread.
    pub arrivals: Spread,
    /// What becomes of a request that is due while all connections are busy.
    pub backlog: Backlog,
    /// How the rate changes from the start of the measured window on.
    pub stages: Vec<Stage>,
    /// The last stretch before a request is due is waited for awake, which costs CPU and buys punctuality.
    pub spin: Duration,
}

/// A spread of times around their mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Spread {
    /// All equal.
    #[default]
    Constant,
    /// Exponential, drawn from the seed; as gaps between arrivals, a Poisson process.
    Exponential,
}

/// What becomes of a request that is due while all connections are busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Backlog {
    /// It waits, the oldest first.
    #[default]
    Queue,
    /// Another connection is opened for it, as long as there are fewer than this; then it waits.
    Grow {
        /// Most connections over all threads.
        max_connections: u32,
    },
    /// It waits for so long, and is then dropped unsent.
    Shed {
        /// From its due time.
        after: Duration,
    },
}

/// A linear change of the rate, from what it was to `rate`. A stage without duration is a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stage {
    /// How long the change takes.
    pub duration: Duration,
    /// Requests due per second at its end, and until the next stage.
    pub rate: f64,
}

impl Default for Model {
    fn default() -> Self {
        Self::Closed(ClosedModel::default())
    }
}

impl OpenModel {
    /// Constant gaps, a queue, no stages, 20 us of spinning.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        Self {
            rate,
            arrivals: Spread::Constant,
            backlog: Backlog::Queue,
            stages: Vec::new(),
            spin: Duration::from_micros(20),
        }
    }
}

impl Model {
    /// Most connections that may be open at once, of which `connections` are there from the start.
    pub(crate) fn most_connections(&self, connections: u32) -> u32 {
        match self {
            Self::Open(OpenModel { backlog: Backlog::Grow { max_connections }, .. }) => *max_connections,
            Self::Open(_) | Self::Closed(_) => connections,
        }
    }

    pub(crate) fn validate(&self, connections: u32) -> Result<(), LoadError> {
        match self {
            Self::Closed(closed) => {
                check_time("think_time", closed.think_time, Duration::ZERO..=HOUR)?;
                closed.spawn_rate.map_or(Ok(()), |rate| check_rate("spawn_rate", rate))
            }
            Self::Open(open) => {
                check_rate("rate", open.rate)?;
                for stage in &open.stages {
                    check_rate("rate of a stage", stage.rate)?;
                    check_time("duration of a stage", stage.duration, Duration::ZERO..=HOUR * 24)?;
                }
                match open.backlog {
                    Backlog::Queue => {}
                    Backlog::Grow { max_connections } => {
                        check_count("max_connections", max_connections, connections..=65_535)?;
                    }
                    Backlog::Shed { after } => check_time("shed_after", after, Duration::ZERO..=HOUR)?,
                }
                check_time("spin", open.spin, Duration::ZERO..=Duration::from_millis(10))
            }
        }
    }
}

fn check_rate(name: &str, rate: f64) -> Result<(), LoadError> {
    if (0.001..=10_000_000.0).contains(&rate) {
        return Ok(());
    }
    Err(LoadError::new(name, format!("is {rate}/s"), "a number from 0.001 to 10,000,000 a second", NEXT))
}
