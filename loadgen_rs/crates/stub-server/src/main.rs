//! `fwcompare-stub-server [PORT]`: serve on 127.0.0.1 until standard input ends or the process is killed.

use fwcompare_stub_server::StubServer;
use std::io::{self, Read, Write};
use std::process::ExitCode;

const USAGE: &str = "usage: fwcompare-stub-server [PORT]\n\
    Listens on 127.0.0.1 (on a free port if none is given), prints its URL, and serves until standard input ends.\n\
    A request carries its script in the query: /?status=503  /?delay_ms=5  /?size=10240&framing=chunked\n\
    /?fault=short-body&every=3";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let port = match arguments.as_slice() {
        [] => Some(0),
        [port] => port.parse().ok(),
        _ => None,
    };
    let Some(port) = port else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match serve(port) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!(
                "stub server: port {port} of 127.0.0.1: {error}\n  expected: a port that is free\n  next: leave the \
                 port out to get a free one"
            );
            ExitCode::FAILURE
        }
    }
}

fn serve(port: u16) -> io::Result<()> {
    let server = StubServer::start(port)?;
    // Someone may be waiting for this line in a pipe, where it would otherwise stay in the buffer.
    let mut output = io::stdout().lock();
    writeln!(output, "{}", server.url("/"))?;
    output.flush()?;
    io::copy(&mut io::stdin().lock().by_ref(), &mut io::sink())?;
    Ok(())
}
