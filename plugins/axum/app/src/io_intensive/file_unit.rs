//! The file unit: write a small JSON file, read it back, remove it.

use std::fs;
use std::io::Write;

use serde::{Deserialize, Serialize};
use tempfile::Builder;

use super::unix_seconds;
use crate::answer::RequestError;

const DATA_LENGTH: usize = 1000;

/// What stands in the file.
#[derive(Debug, Deserialize, Serialize)]
struct Record {
    timestamp: f64,
    data: String,
}

/// Runs one unit in the folder for temporary files; the file is removed when a step fails, too.
///
/// Inline, on the runtime's own thread, as every target does it: the file is tiny and never leaves the page cache, so
/// that handing it to another thread would cost more than it spares.
pub fn run() -> Result<(), RequestError> {
    let mut file = Builder::new().suffix(".json").tempfile()?;
    let record = Record { timestamp: unix_seconds(), data: "x".repeat(DATA_LENGTH) };
    file.write_all(&serde_json::to_vec(&record)?)?;
    // Closes the file, which is still removed when the path is dropped.
    let path = file.into_temp_path();
    let _: Record = serde_json::from_slice(&fs::read(&path)?)?;
    // Not left to the drop, which would swallow a failure.
    path.close()?;
    Ok(())
}
