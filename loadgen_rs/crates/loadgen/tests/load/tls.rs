//! Loads over TLS: the account is as exact, failures of TLS have their class and tell what they were.

use crate::tls_front::{Manner, TlsFront};
use crate::{asking, counted, only_error, run, server};
use fwcompare_loadgen_core::{LoadConfig, LoadResult, TlsOptions, start};
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

const REQUESTS: u64 = 20;

fn front() -> TlsFront {
    TlsFront::start(&["127.0.0.1", "localhost"], Manner::default())
}

/// All answers are ok, and no error is hidden among them.
fn assert_all_ok(result: &LoadResult, requests: u64, what: &str) {
    assert_eq!((result.sent, result.ok), (requests, requests), "{what} {result:#?}");
    assert_eq!(result.first_tls_error, None, "{what}");
}

#[test]
fn a_load_over_tls_counts_like_any_other() {
    let front = front();
    let result = run(front.load("/?size=1000", 200));

    assert_all_ok(&result, 200, "");
    assert_eq!((result.connections_opened, result.connections_established), (4, 4));
    assert_eq!((result.connect.count(), front.handshakes()), (4, (4, 0)));
}

#[test]
fn without_keep_alive_sessions_are_resumed() {
    let front = front();
    let result = run(LoadConfig { keepalive: false, connections: 1, ..front.load("/?size=1000", REQUESTS) });

    assert_all_ok(&result, REQUESTS, "");
    assert_eq!((result.connections_opened, front.handshakes()), (REQUESTS, (1, REQUESTS - 1)));
}

#[test]
fn every_framing_and_size_is_read_to_the_end_over_tls() {
    let front = front();
    for framing in ["length", "chunked", "until-close"] {
        for size in [0, 1, 10_240, 200_000, 3_000_000] {
            let script = format!("/?framing={framing}&size={size}");
            let result = run(front.load(&script, 6));

            assert_all_ok(&result, 6, &script);
            assert!(result.bytes_received >= 6 * size, "{script}");
        }
    }
}

#[test]
fn records_that_come_byte_by_byte_are_put_together() {
    let dribbling = Manner { piece_bytes: Some(1), ..Manner::default() };
    let front = TlsFront::start(&["127.0.0.1"], dribbling);
    for keepalive in [true, false] {
        let result = run(LoadConfig { keepalive, ..front.load("/?size=2000", 8) });

        assert_all_ok(&result, 8, "dribbled");
    }
}

#[test]
fn a_large_request_body_is_sent_to_its_end() {
    let front = front();
    let body = vec![b'x'; 1024 * 1024];
    let result = run(LoadConfig { flows: asking("POST", body), ..front.load("/?size=100", 8) });

    assert_all_ok(&result, 8, "1 MiB");
    assert_eq!(result.connections_opened, 4);
}

#[test]
fn the_end_of_a_connection_is_the_same_with_and_without_a_farewell() {
    for leaves_without_a_word in [false, true] {
        let manner = Manner { leaves_without_a_word, ..Manner::default() };
        let front = TlsFront::start(&["127.0.0.1"], manner);
        for (script, class) in [("early-close", "early_close"), ("short-body", "body_too_short")] {
            let config = front.load(&format!("/?size=1000&fault={script}"), REQUESTS);
            let result = run(LoadConfig { keepalive: false, ..config });

            assert_eq!(only_error(&result), (class, REQUESTS), "{script}");
        }
        let result = run(front.load("/?size=100&framing=until-close", REQUESTS));
        assert_all_ok(&result, REQUESTS, "until-close");

        let result = run(front.load("/?recycle=5", 60));
        assert_all_ok(&result, 60, "recycled");
    }
}

#[test]
fn a_certificate_of_an_unknown_issuer_is_refused_in_words() {
    let (front, other) = (front(), front());
    let ca_file = Some(other.ca_file.clone());
    let tls = TlsOptions { ca_file, ..TlsOptions::default() };
    let result = run(LoadConfig { tls, ..front.load("/", 4) });

    assert_eq!(only_error(&result), ("tls", 4));
    let message = result.first_tls_error.as_deref().unwrap();
    assert!(message.starts_with("invalid peer certificate"), "{message}");
    assert_eq!(result.connections_opened, 0);
}

#[test]
fn a_certificate_of_another_name_is_refused_unless_that_name_is_asked_for() {
    let front = TlsFront::start(&["elsewhere.test"], Manner::default());
    let refused = run(front.load("/", 4));
    assert_eq!(only_error(&refused), ("tls", 4));
    assert!(refused.first_tls_error.as_deref().unwrap().contains("invalid peer certificate"));

    let mut asked_for = front.load("/", 4);
    asked_for.tls.server_name = Some("elsewhere.test".to_owned());
    assert_all_ok(&run(asked_for), 4, "server_name");
}

#[test]
fn insecure_takes_any_certificate() {
    let front = TlsFront::start(&["elsewhere.test"], Manner::default());
    let tls = TlsOptions { insecure: true, ..TlsOptions::default() };

    assert_all_ok(&run(LoadConfig { tls, ..front.load("/", 4) }), 4, "insecure");
}

#[test]
fn a_server_that_speaks_no_tls_is_an_error_of_tls_and_no_hang() {
    let server = server();
    let url = format!("https://127.0.0.1:{}/", server.port());
    let tls = TlsOptions { insecure: true, ..TlsOptions::default() };
    let connect_timeout = Duration::from_secs(2);
    let result = run(LoadConfig { url, tls, connect_timeout, ..counted(&server, "/", 4) });

    // The stub waits for the end of a head, or refuses it; either way nothing comes of it.
    let (class, count) = only_error(&result);
    assert!(count == 4 && ["tls", "connect_timeout"].contains(&class), "{result:#?}");

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().take(4) {
            std::io::Write::write_all(&mut stream.unwrap(), b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        }
    });
    let tls = TlsOptions { insecure: true, ..TlsOptions::default() };
    let result = run(LoadConfig { url, tls, ..counted(&server, "/", 4) });
    assert_eq!(only_error(&result), ("tls", 4));
    assert!(result.first_tls_error.is_some());
}

#[test]
fn a_handshake_that_stalls_is_a_connect_timeout() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let server = server();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let tls = TlsOptions { insecure: true, ..TlsOptions::default() };
    let connect_timeout = Duration::from_millis(60);
    let result = run(LoadConfig { url, tls, connect_timeout, ..counted(&server, "/", 4) });

    assert_eq!(only_error(&result), ("connect_timeout", 4));
    assert_eq!((result.connections_opened, result.connect.count()), (0, 0));
}

#[test]
fn tls_options_that_cannot_be_meant_are_refused_by_name() {
    let front = front();
    let refused = |config: LoadConfig| start(config).unwrap_err().to_string();
    let with = |tls: TlsOptions| LoadConfig { tls, ..front.load("/", 1) };
    let ca_file = |path: &str| TlsOptions { ca_file: Some(path.into()), ..TlsOptions::default() };
    let named = |name: &str| TlsOptions { server_name: Some(name.to_owned()), ..TlsOptions::default() };
    let insecure = TlsOptions { insecure: true, ..TlsOptions::default() };

    for (name, tls) in [("ca_file", ca_file("/x")), ("insecure", insecure), ("server_name", named("x"))] {
        let message = refused(LoadConfig { url: "http://127.0.0.1:9/".to_owned(), ..with(tls) });
        assert!(message.contains(&format!("tls_{name}: is set")), "{message}");
    }
    for (path, seen) in [("/nowhere.pem", "cannot be read"), ("/dev/null", "holds no certificate")] {
        let message = refused(with(ca_file(path)));
        assert!(message.contains(path) && message.contains(seen), "{message}");
    }
    let bad = std::env::temp_dir().join(format!("fwcompare-{}-bad.pem", front.port));
    std::fs::write(&bad, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    let message = refused(with(ca_file(bad.to_str().unwrap())));
    std::fs::remove_file(&bad).unwrap();
    assert!(message.contains("bad certificate"), "{message}");

    let contradiction = TlsOptions { insecure: true, ..ca_file("/x") };
    assert!(refused(with(contradiction)).contains("beside tls_insecure"));
    assert!(refused(with(named("a b"))).contains("tls_server_name: is \"a b\""));
}
