//! From the Python values of `fwcompare_loadgen.flow` to the core's flows.

use crate::spec::{Spec, refuse_if, whole};
use fwcompare_loadgen_core::{Expectation, Flow, LoadError, Step, Value};
use pyo3::prelude::*;

/// The attributes of `fwcompare_loadgen.Expect`.
#[derive(FromPyObject)]
pub(crate) struct ExpectSpec {
    statuses: Vec<i64>,
    headers: Vec<(String, String)>,
    body_contains: Option<Vec<u8>>,
    json: Option<String>,
    json_every: i64,
}

/// The attributes of `fwcompare_loadgen.Step`.
#[derive(FromPyObject)]
struct StepSpec {
    path: String,
    method: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    name: String,
    expect: ExpectSpec,
}

/// The attributes of `fwcompare_loadgen.Flow`.
#[derive(FromPyObject)]
pub(crate) struct FlowSpec {
    steps: Vec<StepSpec>,
    weight: i64,
}

/// The attributes of the classes of `fwcompare_loadgen.Value`, which tell them apart.
#[derive(FromPyObject)]
pub(crate) enum ValueSpec {
    Counter {
        start: i64,
    },
    Random {
        low: i64,
        high: i64,
    },
    Rows {
        texts: Vec<String>,
    },
    #[pyo3(transparent)]
    Uuid(UuidSpec),
}

/// The attributes of `fwcompare_loadgen.Uuid`.
#[derive(FromPyObject)]
pub(crate) struct UuidSpec {
    version: u32,
}

/// The flows of a spec: those it states, or the one request that it states instead.
pub(crate) fn flows(spec: &Spec) -> Result<Vec<Flow>, LoadError> {
    if spec.flows.is_empty() {
        let step = Step {
            method: spec.method.clone(),
            headers: spec.headers.clone(),
            body: spec.body.clone(),
            expect: expectation(&spec.expect)?,
            ..Step::default()
        };
        refuse_if(step.method.is_empty(), "method", "is \"\"", "an HTTP method, such as GET")?;
        return Ok(vec![Flow { weight: 1, steps: vec![step] }]);
    }
    let of_one_request = [
        ("method", spec.method != "GET"),
        ("headers", !spec.headers.is_empty()),
        ("body", !spec.body.is_empty()),
        ("expect", expectation(&spec.expect)? != Expectation::default()),
    ];
    for (name, is_set) in of_one_request {
        refuse_if(is_set, name, "is set beside flows", "it in the steps of the flows, each of which has its own")?;
    }
    spec.flows.iter().map(flow).collect()
}

pub(crate) fn values(spec: &Spec) -> Result<Vec<(String, Value)>, LoadError> {
    let value = |(name, value): &(String, ValueSpec)| {
        let value = match value {
            ValueSpec::Counter { start } => Value::Counter { start: whole("start of a counter", *start)? },
            ValueSpec::Random { low, high } => Value::Random { low: *low, high: *high },
            ValueSpec::Rows { texts } => Value::Rows(texts.clone()),
            ValueSpec::Uuid(UuidSpec { version: 4 }) => Value::Uuid,
            ValueSpec::Uuid(UuidSpec { version }) => {
                let seen = format!("is {version}");
                return Err(LoadError::new("version of a UUID", seen, "4", "leave it out"));
            }
        };
        Ok((name.clone(), value))
    };
    spec.values.iter().map(value).collect()
}

fn flow(spec: &FlowSpec) -> Result<Flow, LoadError> {
    Ok(Flow {
        weight: whole("weight of a flow", spec.weight)?,
        steps: spec.steps.iter().map(step).collect::<Result<_, _>>()?,
    })
}

fn step(spec: &StepSpec) -> Result<Step, LoadError> {
    Ok(Step {
        name: spec.name.clone(),
        method: spec.method.clone(),
        path: Some(spec.path.clone()),
        headers: spec.headers.clone(),
        body: spec.body.clone(),
        expect: expectation(&spec.expect)?,
    })
}

fn expectation(spec: &ExpectSpec) -> Result<Expectation, LoadError> {
    Ok(Expectation {
        statuses: spec.statuses.iter().map(|status| whole("status", *status)).collect::<Result<_, _>>()?,
        headers: spec.headers.clone(),
        body_contains: spec.body_contains.clone(),
        json: spec.json.clone(),
        json_every: whole("json_every", spec.json_every)?,
    })
}
