use std::time::Duration;

use proofmark_sources::net::{HttpTransport, Request, Transport, TransportError};
use proofmark_testkit::{Fault, Reply, Server};

fn transport() -> HttpTransport {
    HttpTransport::new(Duration::from_millis(2_000), 10_000)
}

#[test]
fn sizes_and_times_are_limited() {
    let server = Server::start(|_| Reply::ok("fine"));
    server.misbehave([
        Fault::Huge(10_000),
        Fault::Huge(10_001),
        Fault::Slow(Duration::from_millis(2_600)),
        Fault::HangUp,
        Fault::Cut,
    ]);
    let ask = || transport().send(&Request::get(server.base()).query("key", "s3cret"));
    assert_eq!(ask().unwrap().body.len(), 10_000);
    assert_eq!(ask(), Err(TransportError::TooLarge(10_000)));
    assert!(matches!(ask(), Err(TransportError::Timeout(_))));
    for _ in 0..2 {
        let error = ask().unwrap_err();
        assert_eq!(error, TransportError::Cut);
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }
    assert_eq!(ask().unwrap().body, b"fine");
    let gone = server.base();
    drop(server);
    assert_eq!(transport().send(&Request::get(gone)), Err(TransportError::Unreachable));
}

#[test]
fn redirects_stay_on_the_host_and_keys_never_travel_in_the_open() {
    let (server, other) = (Server::start(|_| Reply::ok("home")), Server::start(|_| Reply::ok("abroad")));
    let ask = || transport().send(&Request::get(server.base()).header("X-Key", "s3cret"));
    server.misbehave([Fault::Redirect("/next".into())]);
    assert_eq!(ask().unwrap().body, b"home");
    assert_eq!(server.seen()[1].header("x-key"), "s3cret");
    server.misbehave([Fault::Redirect(format!("{}/x", other.base()))]);
    assert_eq!(ask(), Err(TransportError::Redirected("127.0.0.1".into())));
    assert_eq!(other.requests(), 0);
    server.misbehave((0..9).map(|_| Fault::Redirect("/again".into())));
    assert!(matches!(ask(), Err(TransportError::Redirected(_))));
    let plain = transport().send(&Request::get("http://vendor.example/bars"));
    assert_eq!(plain, Err(TransportError::Insecure));
    for address in ["vendor", "file:///etc", "https://", "ht tp://x"] {
        assert!(
            matches!(transport().send(&Request::get(address)), Err(TransportError::NotHttp(_))),
            "{address}"
        );
    }
}
