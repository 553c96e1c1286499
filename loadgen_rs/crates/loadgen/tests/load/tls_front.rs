//! TLS in front of a stub server: threads that open and seal what they copy.
//!
//! Says goodbye or not, dribbles or not; what is behind it answers. For tests only: a thread a connection, which looks
//! at both sides in turn.

use fwcompare_loadgen_core::{Limit, LoadConfig, TlsOptions};
use fwcompare_stub_server::StubServer;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// How long a side is waited for before the other one has its turn.
const TURN: Duration = Duration::from_millis(1);

/// How the front behaves on the wire.
#[derive(Clone, Copy, Default)]
pub(crate) struct Manner {
    /// Write sealed bytes one piece of this size at a time.
    pub(crate) piece_bytes: Option<usize>,
    /// Close without a `close_notify`.
    pub(crate) leaves_without_a_word: bool,
    /// Agree to HTTP/2, and have it answered by who listens here.
    pub(crate) http_2_port: Option<u16>,
    /// Agree to nothing, and refuse nothing.
    pub(crate) ignores_alpn: bool,
}

/// A listener with TLS in front of a stub. Its threads end with their connections.
pub(crate) struct TlsFront {
    pub(crate) port: u16,
    /// Its own certificate, which is also the one to trust.
    pub(crate) ca_file: PathBuf,
    handshakes: Arc<Handshakes>,
    _stub: Arc<StubServer>,
}

#[derive(Default)]
struct Handshakes {
    full: AtomicU64,
    resumed: AtomicU64,
}

impl TlsFront {
    pub(crate) fn start(names: &[&str], manner: Manner) -> Self {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let alpn = if manner.http_2_port.is_some() { "h2" } else { "http/1.1" };
        config.alpn_protocols = if manner.ignores_alpn { Vec::new() } else { vec![alpn.into()] };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let ca_file = std::env::temp_dir().join(format!("fwcompare-{}-{port}.pem", std::process::id()));
        std::fs::write(&ca_file, cert.pem()).unwrap();
        let (config, handshakes) = (Arc::new(config), Arc::<Handshakes>::default());
        let stub = Arc::new(StubServer::start(0).unwrap());
        let (counts, stub_port) = (Arc::clone(&handshakes), manner.http_2_port.unwrap_or(stub.port()));
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, config, counts) = (client.unwrap(), Arc::clone(&config), Arc::clone(&counts));
                thread::spawn(move || {
                    let session = ServerConnection::new(config).unwrap();
                    // How a client ends is what the tests look at from the other side.
                    drop(serve(client, session, stub_port, manner, &counts));
                });
            }
        });
        Self { port, ca_file, handshakes, _stub: stub }
    }

    /// Full and resumed handshakes so far.
    pub(crate) fn handshakes(&self) -> (u64, u64) {
        (self.handshakes.full.load(Ordering::Relaxed), self.handshakes.resumed.load(Ordering::Relaxed))
    }

    /// So many requests of this script over four connections that trust this front.
    pub(crate) fn load(&self, script: &str, requests: u64) -> LoadConfig {
        LoadConfig {
            connections: 4,
            warmup: Duration::ZERO,
            tls: TlsOptions { ca_file: Some(self.ca_file.clone()), ..TlsOptions::default() },
            ..LoadConfig::new(format!("https://127.0.0.1:{}{script}", self.port), Limit::Requests(requests))
        }
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        // A file in the way of nobody, should this fail.
        drop(std::fs::remove_file(&self.ca_file));
    }
}

fn serve(
    mut client: TcpStream,
    mut session: ServerConnection,
    stub_port: u16,
    manner: Manner,
    counts: &Handshakes,
) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut stub = TcpStream::connect((Ipv4Addr::LOCALHOST, stub_port))?;
    for side in [&client, &stub] {
        side.set_read_timeout(Some(TURN))?;
    }
    let (mut buffer, mut is_counted) = (vec![0; 100_000], false);
    loop {
        if let Some(bytes) = in_its_turn(session.read_tls(&mut client))? {
            let outcome = session.process_new_packets();
            write_sealed(&mut session, &mut client, manner)?;
            if outcome.is_err() || bytes == 0 {
                return Ok(());
            }
            while let Some(bytes @ 1..) = in_its_turn(session.reader().read(&mut buffer))? {
                stub.write_all(&buffer[..bytes])?;
            }
            // More of it may be there already.
            continue;
        }
        if session.is_handshaking() {
            continue;
        }
        if !std::mem::replace(&mut is_counted, true) {
            let is_resumed = session.handshake_kind() == Some(rustls::HandshakeKind::Resumed);
            let count = if is_resumed { &counts.resumed } else { &counts.full };
            count.fetch_add(1, Ordering::Relaxed);
        }
        match in_its_turn(stub.read(&mut buffer))? {
            None => {}
            Some(0) => {
                if !manner.leaves_without_a_word {
                    session.send_close_notify();
                    write_sealed(&mut session, &mut client, manner)?;
                }
                return client.shutdown(Shutdown::Write);
            }
            Some(bytes) => {
                let mut left = &buffer[..bytes];
                while !left.is_empty() {
                    let accepted = session.writer().write(left)?;
                    left = &left[accepted..];
                    write_sealed(&mut session, &mut client, manner)?;
                }
            }
        }
    }
}

fn write_sealed(session: &mut ServerConnection, client: &mut TcpStream, manner: Manner) -> io::Result<()> {
    let mut sealed = Vec::new();
    while session.wants_write() {
        session.write_tls(&mut sealed)?;
    }
    for piece in sealed.chunks(manner.piece_bytes.unwrap_or(usize::MAX)) {
        client.write_all(piece)?;
    }
    Ok(())
}

/// `None` when there was nothing to read in this turn.
fn in_its_turn(outcome: io::Result<usize>) -> io::Result<Option<usize>> {
    match outcome {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(None),
        other => other.map(Some),
    }
}
