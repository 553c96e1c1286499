//! Start, snapshot, stop and wait, with the GIL released wherever time passes.

use crate::result::{load_result, snapshot};
use crate::spec::{Spec, seconds};
use crate::to_python;
use fwcompare_loadgen_core::{self as core, LoadConfig, LoadError};
use pyo3::exceptions::PyTimeoutError;
use pyo3::prelude::*;
use std::time::{Duration, Instant};

/// How long a signal, such as Ctrl-C, may go unnoticed.
const SIGNAL_CHECK: Duration = Duration::from_millis(100);

/// "release" or "debug": how this module was compiled.
#[pyfunction]
pub(crate) fn build_profile() -> &'static str {
    if cfg!(debug_assertions) { "debug" } else { "release" }
}

/// Start a load and return at once.
#[pyfunction]
pub(crate) fn start(py: Python<'_>, spec: Spec) -> PyResult<Load> {
    refuse_debug_build().map_err(|error| to_python(&error))?;
    // Looking a host up may take its time.
    let load = py.detach(|| LoadConfig::try_from(spec).and_then(core::start)).map_err(|error| to_python(&error))?;
    Ok(Load { load })
}

fn refuse_debug_build() -> Result<(), LoadError> {
    if build_profile() == "release" {
        return Ok(());
    }
    Err(LoadError::new(
        "fwcompare_loadgen",
        "is a debug build, which is too slow to measure with",
        "a release build",
        "reinstall it with uv or pip, or run: maturin develop --release",
    ))
}

/// A load under way.
#[pyclass(frozen, module = "fwcompare_loadgen._native")]
pub(crate) struct Load {
    load: core::Load,
}

#[pymethods]
impl Load {
    /// Look at the load without disturbing it.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        snapshot(py, &self.load.snapshot())
    }

    /// Ask the load to end now.
    fn stop(&self) {
        self.load.stop();
    }

    /// Wait for the result.
    #[pyo3(signature = (timeout_s=None))]
    fn wait<'py>(&self, py: Python<'py>, timeout_s: Option<f64>) -> PyResult<Bound<'py, PyAny>> {
        let timeout = timeout_s.map(|value| seconds("timeout_s", value)).transpose();
        let timeout = timeout.map_err(|error| to_python(&error))?;
        // An instant that no clock can express is as good as none.
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            let left = deadline.map_or(SIGNAL_CHECK, |deadline| deadline.saturating_duration_since(Instant::now()));
            if let Some(result) = py.detach(|| self.load.wait(Some(left.min(SIGNAL_CHECK)))) {
                return load_result(py, &*result.map_err(|error| to_python(&error))?);
            }
            if let Err(interrupt) = py.check_signals() {
                self.load.stop();
                return Err(interrupt);
            }
            if left.is_zero() {
                let message = format!(
                    "load generator: no result after {} s\n  expected: the load to be over by then\n  next: wait \
                     longer, or call stop() and wait again; the load goes on",
                    timeout.unwrap_or_default().as_secs_f64()
                );
                return Err(PyTimeoutError::new_err(message));
            }
        }
    }
}
