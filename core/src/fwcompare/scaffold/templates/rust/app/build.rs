//! Hands the versions that `GET /facts` answers to the compiler: what Cargo.lock holds and which rustc builds.

use std::error::Error;
use std::process::Command;
use std::{env, fs};

/// Crate in Cargo.lock, and the variable that `src/answers.rs` reads.
const CRATES: [(&str, &str); 3] = [("axum", "AXUM_VERSION"), ("hyper", "HYPER_VERSION"), ("sqlx", "SQLX_VERSION")];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=Cargo.lock");
    println!("cargo::rerun-if-changed=build.rs");

    let lock = fs::read_to_string("Cargo.lock")?;
    for (name, variable) in CRATES {
        let version = locked_version(&lock, name)
            .ok_or_else(|| format!("Cargo.lock: saw no version of '{name}', expected exactly one"))?;
        println!("cargo::rustc-env={variable}={version}");
    }

    let compiler = env::var("RUSTC")?;
    let answer = String::from_utf8(Command::new(&compiler).arg("--version").output()?.stdout)?;
    let version = answer
        .split_whitespace()
        .nth(1)
        .ok_or_else(|| format!("{compiler} --version: saw '{answer}', expected 'rustc VERSION ...'"))?;
    println!("cargo::rustc-env=RUSTC_VERSION={version}");
    Ok(())
}

/// The version of a crate that is locked once. Two lines of a file that cargo writes need no TOML parser.
fn locked_version<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let marker = format!("[[package]]\nname = \"{name}\"\nversion = \"");
    let mut found = lock.split(marker.as_str()).skip(1);
    let version = found.next()?.split('"').next();
    if found.next().is_some() { None } else { version }
}
