//! The workloads `sleep-*`: four ways to wait three times.
//!
//! A task answers the number it was given, so that the messages tell which task was fed what.

use std::thread;
use std::time::Duration;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::{task, time};

use crate::answer::RequestError;

/// The answer of all four.
#[derive(Debug, Serialize)]
pub struct Message {
    message: String,
}

/// The four routes, with `SLEEP_SECONDS`.
pub fn routes(sleep: Duration) -> Router {
    Router::new()
        .route("/sync_baseline", get(in_series_on_a_thread))
        .route("/async_independent", get(in_series))
        .route("/async_dependent", get(each_fed_the_one_before))
        .route("/async_concurrent", get(at_once))
        .with_state(sleep)
}

/// `GET /sync_baseline`: on a thread for blocking work, of which there are THREADS for each worker.
async fn in_series_on_a_thread(State(sleep): State<Duration>) -> Result<Json<Message>, RequestError> {
    let answers = task::spawn_blocking(move || [1, 2, 3].map(|number| blocking_task(number, sleep))).await?;
    let [first, second, third] = answers;
    Ok(message(format!("Sync tasks completed with {first}, {second}, {third}")))
}

/// `GET /async_independent`
async fn in_series(State(sleep): State<Duration>) -> Json<Message> {
    let first = async_task(1, sleep).await;
    let second = async_task(2, sleep).await;
    let third = async_task(3, sleep).await;
    message(format!("Async tasks completed with {first}, {second}, {third}"))
}

/// `GET /async_dependent`
async fn each_fed_the_one_before(State(sleep): State<Duration>) -> Json<Message> {
    let first = async_task(1, sleep).await;
    let second = async_task(first, sleep).await;
    let third = async_task(second, sleep).await;
    message(format!("Async tasks completed with {first}, {second}, {third}"))
}

/// `GET /async_concurrent`: the semaphore is the request's own, and lets all three through.
async fn at_once(State(sleep): State<Duration>) -> Result<Json<Message>, RequestError> {
    let semaphore = Semaphore::new(3);
    let guarded = async |number| {
        let _permit = semaphore.acquire().await?;
        Ok::<_, RequestError>(async_task(number, sleep).await)
    };
    let (first, second, third) = tokio::try_join!(guarded(0), guarded(1), guarded(2))?;
    Ok(message(format!("Async tasks completed with [{first}, {second}, {third}]")))
}

fn blocking_task(number: u8, sleep: Duration) -> u8 {
    thread::sleep(sleep);
    number
}

async fn async_task(number: u8, sleep: Duration) -> u8 {
    time::sleep(sleep).await;
    number
}

fn message(message: String) -> Json<Message> {
    Json(Message { message })
}
