use super::*;

fn asked(path: &str, headers: &[(&'static str, &str)]) -> Result<(), ProblemCode> {
    let config = ApiConfig { hosts: vec!["muck.example".to_owned()], ..ApiConfig::default() };
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header value"));
    }
    check(&path.parse().expect("a path"), &map, &config).map_err(|problem| problem.code)
}

#[test]
fn our_own_pages_and_programs_pass() {
    // Proves: loopback by any name and port, a named host, and no Origin at all are ours.
    for host in ["127.0.0.1:8080", "localhost", "[::1]:9", "LocalHost:1", "muck.example"] {
        assert_eq!(asked("/api/v1/clock", &[("host", host)]), Ok(()), "{host}");
    }
    assert_eq!(asked("/", &[("host", "localhost:1"), ("origin", "http://localhost:1")]), Ok(()));
    assert_eq!(asked("/", &[("host", "muck.example"), ("origin", "https://muck.example")]), Ok(()));
    assert_eq!(
        asked("/query", &[("host", "localhost"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")]),
        Ok(())
    );
}

#[test]
fn foreign_names_for_our_address_are_refused() {
    // Proves: DNS rebinding (a foreign Host), no Host, two Hosts and user info before the host do not pass.
    for host in [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "evil@localhost",
        "",
        "127.0.0.2",
        "localhost:1.evil.example",
    ] {
        assert_eq!(asked("/", &[("host", host)]), Err(ProblemCode::ForeignHost), "{host}");
    }
    assert_eq!(asked("/", &[]), Err(ProblemCode::ForeignHost));
    assert_eq!(asked("/", &[("host", "localhost"), ("host", "evil.example")]), Err(ProblemCode::ForeignHost));
    assert_eq!(asked("http://evil.example/", &[("host", "localhost")]), Err(ProblemCode::ForeignHost));
}

#[test]
fn foreign_pages_are_refused() {
    // Proves: another origin, another port of this machine, an opaque origin and a page's image or frame of the api do not pass.
    for origin in ["http://evil.example", "http://localhost:2", "null", "file://", "http://localhost:1.evil.example"] {
        let headers = [("host", "localhost:1"), ("origin", origin)];
        assert_eq!(asked("/api/v1/live", &headers), Err(ProblemCode::ForeignOrigin), "{origin}");
    }
    let image = [("host", "localhost"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")];
    assert_eq!(asked("/api/v1/vehicles?plate=x", &image), Err(ProblemCode::ForeignOrigin));
    let link = [("host", "localhost"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
    assert_eq!(asked("/api/v1/vehicles?plate=x", &link), Err(ProblemCode::ForeignOrigin));
}

#[test]
fn a_public_address_needs_to_be_said() {
    // Proves: without the flag only loopback is listened on.
    let open: SocketAddr = "0.0.0.0:80".parse().expect("an address");
    assert_eq!(check_listen(open, Exposure::Loopback), Err(ListenRefused { address: open }));
    assert_eq!(check_listen(open, Exposure::Public), Ok(()));
    assert_eq!(check_listen("127.0.0.1:80".parse().expect("an address"), Exposure::Loopback), Ok(()));
    assert_eq!(check_listen("[::1]:80".parse().expect("an address"), Exposure::Loopback), Ok(()));
}

#[test]
fn the_rate_is_bounded() {
    // Proves: more than the burst at once is refused.
    let rate = Rate::new(5);
    assert_eq!((0..50).filter(|_| rate.take()).count(), 10);
}
