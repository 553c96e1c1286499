//! Loads over a Unix socket.

use crate::tls_front::{Manner, TlsFront};
use crate::{counted, only_error, run, server};
use fwcompare_loadgen_core::{LoadConfig, start};
use std::io;
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::thread;

/// A Unix socket whose connections are copied to this port. Its threads end with their connections.
pub(crate) fn unix_front(name: &str, port: u16) -> PathBuf {
    let path = std::env::temp_dir().join(format!("fwcompare-{}-{name}.sock", std::process::id()));
    drop(std::fs::remove_file(&path));
    let listener = UnixListener::bind(&path).unwrap();
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let mut stub = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
            let (mut requests, mut to_stub) = (client.try_clone().unwrap(), stub.try_clone().unwrap());
            thread::spawn(move || {
                drop(io::copy(&mut requests, &mut to_stub));
                drop(to_stub.shutdown(Shutdown::Write));
            });
            thread::spawn(move || {
                drop(io::copy(&mut stub, &mut client));
                drop(client.shutdown(Shutdown::Write));
            });
        }
    });
    path
}

#[test]
fn a_load_over_a_unix_socket_counts_like_any_other_and_its_host_is_not_looked_up() {
    let server = server();
    let path = unix_front("plain", server.port());
    for keepalive in [true, false] {
        let result = run(LoadConfig {
            url: "http://no-such-host.invalid/?size=10240".to_owned(),
            unix_socket: Some(path.clone()),
            keepalive,
            ..counted(&server, "/", 60)
        });

        assert_eq!((result.sent, result.ok), (60, 60), "{result:#?}");
        assert_eq!(result.connections_opened, if keepalive { 4 } else { 60 });
    }
    assert_eq!(server.requests(), 120);
    std::fs::remove_file(path).unwrap();
}

#[test]
fn tls_goes_over_a_unix_socket_too() {
    let front = TlsFront::start(&["inside.test"], Manner::default());
    let path = unix_front("tls", front.port);
    let url = "https://inside.test/?size=100".to_owned();
    let result = run(LoadConfig { url, unix_socket: Some(path.clone()), ..front.load("/", 20) });

    assert_eq!(result.ok, 20, "{result:#?}");
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_unix_socket_that_is_not_there_refuses() {
    let server = server();
    let unix_socket = Some("/tmp/fwcompare-nowhere.sock".into());
    let result = run(LoadConfig { unix_socket, ..counted(&server, "/", 8) });

    assert_eq!(only_error(&result), ("connect_refused", 8));
}

#[test]
fn a_path_that_no_socket_can_have_is_refused() {
    let server = server();
    for path in [String::new(), "x".repeat(200)] {
        let config = LoadConfig { unix_socket: Some(path.into()), ..counted(&server, "/", 1) };
        let message = start(config).unwrap_err().to_string();

        assert!(message.contains("unix_socket"), "{message}");
    }
}
