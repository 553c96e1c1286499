//! Answers of every form are read to their end, and the next request finds a clean connection.

use crate::{asking, counted, run, server};
use fwcompare_loadgen_core::LoadConfig;

const REQUESTS: u64 = 30;

#[test]
fn every_framing_and_size_is_read_to_the_end() {
    let server = server();
    for framing in ["length", "chunked", "until-close"] {
        for size in [0, 1, 10_240, 200_000] {
            for keepalive in [true, false] {
                let script = format!("/?framing={framing}&size={size}");
                let result = run(LoadConfig { keepalive, ..counted(&server, &script, REQUESTS) });

                assert_eq!((result.sent, result.ok), (REQUESTS, REQUESTS), "{script} {result:#?}");
                assert!(result.bytes_received >= REQUESTS * size, "{script}");
            }
        }
    }
}

#[test]
fn a_body_of_more_than_one_turn_of_reading_is_read_to_the_end() {
    let server = server();
    for framing in ["length", "chunked", "until-close"] {
        let result = run(counted(&server, &format!("/?framing={framing}&size=5000000"), 6));

        assert_eq!(result.ok, 6, "{framing} {result:#?}");
        assert!(result.bytes_received >= 6 * 5_000_000, "{framing}");
    }
}

#[test]
fn answers_without_a_body_leave_the_connection_usable() {
    let server = server();
    for (script, status) in [("/?status=204", 204), ("/?status=304", 304), ("/?interim=103&status=204", 204)] {
        let result = run(counted(&server, script, REQUESTS));

        assert_eq!(result.status_counts.get(&status), Some(&REQUESTS), "{script}");
        assert_eq!(result.connections_opened, 4, "{script}");
    }
}

#[test]
fn an_answer_to_head_is_its_head() {
    let server = server();
    for framing in ["length", "chunked", "until-close"] {
        let script = format!("/?framing={framing}&size=1000");
        let result = run(LoadConfig { flows: asking("HEAD", Vec::new()), ..counted(&server, &script, REQUESTS) });

        assert_eq!((result.ok, result.connections_opened), (REQUESTS, 4), "{framing} {result:#?}");
        assert!(result.bytes_received < REQUESTS * 1000, "{framing}");
    }
}

#[test]
fn interim_answers_are_passed_over() {
    let server = server();
    for interim in [100, 103] {
        let result = run(counted(&server, &format!("/?interim={interim}&framing=chunked&size=50"), REQUESTS));

        assert_eq!((result.ok, result.status_counts.len()), (REQUESTS, 1));
    }
}

#[test]
fn an_answer_may_come_byte_by_byte() {
    let server = server();
    for framing in ["length", "chunked", "until-close"] {
        let result = run(counted(&server, &format!("/?framing={framing}&size=20&interim=100&piece=1&gap_us=50"), 8));

        assert_eq!(result.ok, 8, "{framing} {result:#?}");
    }
}

#[test]
fn a_request_may_be_larger_than_the_socket_buffers() {
    let server = server();
    let body = vec![b'{'; 8_000_000];
    let result = run(LoadConfig { flows: asking("POST", body), ..counted(&server, "/", 8) });

    assert_eq!((result.ok, server.requests()), (8, 8));
}

#[test]
fn a_script_that_the_stub_does_not_know_is_an_http_error() {
    let server = server();
    let result = run(counted(&server, "/?fautl=hang", REQUESTS));

    assert_eq!((result.http_errors, result.ok), (REQUESTS, 0));
    assert_eq!(result.status_counts.get(&400), Some(&REQUESTS));
}
