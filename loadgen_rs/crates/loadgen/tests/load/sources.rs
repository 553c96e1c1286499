//! Connections come from the addresses that were named.

use crate::{counted, run, server};
use fwcompare_loadgen_core::{LoadConfig, start};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::sync::mpsc;
use std::thread;

const TWO: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
const THREE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3));

#[test]
fn connections_are_dealt_out_over_the_source_addresses() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (peers, seen) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming().take(10) {
            let mut stream = stream.unwrap();
            peers.send(stream.peer_addr().unwrap().ip()).unwrap();
            thread::spawn(move || {
                let mut request = [0; 1_000];
                assert!(stream.read(&mut request).unwrap() > 0);
                stream.write_all(b"HTTP/1.1 200 Fine\r\ncontent-length: 0\r\n\r\n").unwrap();
            });
        }
    });
    let server = server();
    let result = run(LoadConfig {
        url,
        keepalive: false,
        threads: 2,
        source_addresses: vec![TWO, THREE],
        ..counted(&server, "/", 10)
    });

    assert_eq!(result.ok, 10, "{result:#?}");
    let mut counts = BTreeMap::new();
    for peer in seen {
        *counts.entry(peer).or_insert(0) += 1;
    }
    assert_eq!(counts, BTreeMap::from([(TWO, 5), (THREE, 5)]));
}

#[test]
fn localhost_is_taken_in_the_family_of_the_source_addresses() {
    let server = server();
    let url = format!("http://localhost:{}/", server.port());
    let result = run(LoadConfig { url, source_addresses: vec![TWO], ..counted(&server, "/", 10) });

    assert_eq!(result.ok, 10);
}

#[test]
fn source_addresses_that_cannot_be_used_are_refused() {
    let server = server();
    // 192.0.2.0/24 is for documentation: no machine has it.
    let foreign = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    for (source, seen) in [(IpAddr::V6(Ipv6Addr::LOCALHOST), "the target is 127.0.0.1"), (foreign, "cannot be bound")] {
        let config = LoadConfig { source_addresses: vec![TWO, source], ..counted(&server, "/", 1) };
        let message = start(config).unwrap_err().to_string();

        assert!(message.contains("source_addresses") && message.contains(seen), "{message}");
    }
    let unix_socket = Some("/tmp/any.sock".into());
    let config = LoadConfig { unix_socket, source_addresses: vec![TWO], ..counted(&server, "/", 1) };
    let message = start(config).unwrap_err().to_string();
    assert!(message.contains("source_addresses: are set beside unix_socket"), "{message}");
}
