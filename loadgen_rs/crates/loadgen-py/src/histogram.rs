//! The core's histogram as an immutable Python object, in milliseconds.

use crate::to_python;
use fwcompare_loadgen_core::{self as core, LoadError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyIterator};

/// A distribution of durations, exact to 0.1 %.
#[pyclass(frozen, eq, module = "fwcompare_loadgen._native")]
#[derive(Clone, PartialEq)]
pub(crate) struct Histogram {
    values: core::Histogram,
}

#[pymethods]
impl Histogram {
    /// Read the bytes of `to_v2_bytes`.
    #[staticmethod]
    fn from_v2_bytes(data: &[u8]) -> PyResult<Self> {
        core::Histogram::from_v2_bytes(data).map(Self::from).map_err(|error| to_python(&error))
    }

    /// Count durations in milliseconds.
    #[staticmethod]
    fn from_samples_ms(samples: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut values = core::Histogram::new();
        for sample in samples.try_iter()? {
            values.record_ns(nanoseconds(sample?.extract()?).map_err(|error| to_python(&error))?);
        }
        Ok(values.into())
    }

    /// One histogram of all that the given ones hold.
    #[staticmethod]
    fn merge(histograms: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut values = core::Histogram::new();
        for histogram in PyIterator::from_object(histograms)? {
            values.merge(&histogram?.cast::<Self>()?.get().values);
        }
        Ok(values.into())
    }

    /// How many durations it holds.
    #[getter]
    fn count(&self) -> u64 {
        self.values.count()
    }

    /// Arithmetic mean; `None` when empty.
    #[getter]
    fn mean_ms(&self) -> Option<f64> {
        self.values.mean_ns().map(|mean_ns| mean_ns / 1e6)
    }

    /// The shortest duration; `None` when empty.
    #[getter]
    fn min_ms(&self) -> Option<f64> {
        self.values.min_ns().map(milliseconds)
    }

    /// The longest duration; `None` when empty.
    #[getter]
    fn max_ms(&self) -> Option<f64> {
        self.values.max_ns().map(milliseconds)
    }

    /// The duration at or below which the share `q` of all lies; `None` when empty.
    fn quantile_ms(&self, q: f64) -> PyResult<Option<f64>> {
        if !(0.0..=1.0).contains(&q) {
            let next = "divide a percentile by 100";
            let error = LoadError::new("quantile", format!("is {q}"), "a number from 0 to 1", next);
            return Err(to_python(&error));
        }
        Ok(self.values.quantile_ns(q).map(milliseconds))
    }

    /// `HdrHistogram` V2, deflate-compressed, values in nanoseconds.
    fn to_v2_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = self.values.to_v2_bytes().map_err(|error| to_python(&error))?;
        Ok(PyBytes::new(py, &bytes))
    }

    fn __repr__(&self) -> String {
        match (self.values.quantile_ns(0.5), self.values.max_ns()) {
            (Some(median_ns), Some(max_ns)) => format!(
                "<Histogram count={} p50={:.3}ms max={:.3}ms>",
                self.values.count(),
                milliseconds(median_ns),
                milliseconds(max_ns)
            ),
            _ => "<Histogram count=0>".to_owned(),
        }
    }
}

impl From<core::Histogram> for Histogram {
    fn from(values: core::Histogram) -> Self {
        Self { values }
    }
}

pub(crate) fn milliseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e6
}

fn nanoseconds(milliseconds: f64) -> Result<u64, LoadError> {
    let duration = crate::spec::seconds("sample", milliseconds / 1e3)?;
    Ok(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
}
