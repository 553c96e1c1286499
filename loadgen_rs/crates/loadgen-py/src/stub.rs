//! The stub server for Python tests.

use fwcompare_stub_server as stub;
use pyo3::prelude::*;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A server with a known answer, on 127.0.0.1.
#[pyclass(frozen, module = "fwcompare_loadgen._native")]
pub(crate) struct StubServer {
    server: Mutex<stub::StubServer>,
}

#[pymethods]
impl StubServer {
    #[new]
    #[pyo3(signature = (port=0))]
    fn new(port: u16) -> PyResult<Self> {
        Ok(Self { server: Mutex::new(stub::StubServer::start(port)?) })
    }

    /// The port it listens on.
    #[getter]
    fn port(&self) -> u16 {
        self.lock().port()
    }

    /// Requests read so far.
    #[getter]
    fn requests(&self) -> u64 {
        self.lock().requests()
    }

    /// Connections accepted so far.
    #[getter]
    fn connections(&self) -> u64 {
        self.lock().connections()
    }

    /// A URL of this server.
    #[pyo3(signature = (path_and_query="/"))]
    fn url(&self, path_and_query: &str) -> String {
        self.lock().url(path_and_query)
    }

    /// Close the listener and all connections.
    fn stop(&self, py: Python<'_>) {
        py.detach(|| self.lock().stop());
    }

    fn __enter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __exit__(
        &self,
        py: Python<'_>,
        _exc_type: &Bound<'_, PyAny>,
        _exc_value: &Bound<'_, PyAny>,
        _traceback: &Bound<'_, PyAny>,
    ) {
        self.stop(py);
    }
}

impl StubServer {
    /// The server is sound even if a thread panicked beside it.
    fn lock(&self) -> MutexGuard<'_, stub::StubServer> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
