//! The Python binding: conversion, errors and the GIL, no logic.
//!
//! What a value means is documented once, in `python/fwcompare_loadgen`; the stub `_native.pyi` there is held to this
//! module by a test.

mod flamegraph;
mod flow;
mod histogram;
mod load;
mod result;
mod spec;
mod stub;

use fwcompare_loadgen_core::LoadError;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

// The class is made in a submodule because the macro writes items that need no documentation of ours.
mod exception {
    pyo3::create_exception!(
        fwcompare_loadgen._native,
        LoadgenError,
        super::PyException,
        "A load could not be started, or gave no result; the message says what to do next."
    );
}

/// The core's error, as Python's.
fn to_python(error: &LoadError) -> PyErr {
    exception::LoadgenError::new_err(error.to_string())
}

#[pymodule]
mod _native {
    #[pymodule_export]
    use super::exception::LoadgenError;
    #[pymodule_export]
    use super::flamegraph::{render_difference, render_flamegraph};
    #[pymodule_export]
    use super::histogram::Histogram;
    #[pymodule_export]
    use super::load::{Load, build_profile, start};
    #[pymodule_export]
    use super::stub::StubServer;
}
