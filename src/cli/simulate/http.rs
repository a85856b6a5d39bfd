//! Just enough HTTP to read JSON from our own server on this machine: GET, one request a connection.

use anyhow::{Context, Result, bail, ensure};
use serde::de::DeserializeOwned;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Longest a request may take.
const REQUEST: Duration = Duration::from_secs(10);
/// Largest answer that is read.
const ANSWER_BYTES_MAX: u64 = 64 << 20;

/// Where the server's API listens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Api(SocketAddr);

impl Api {
    /// From `http://127.0.0.1:PORT`.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let host = url.strip_prefix("http://").with_context(|| format!("`{url}` is not http://address:port"))?;
        let address: SocketAddr =
            host.trim_end_matches('/').parse().with_context(|| format!("`{url}` is not http://address:port"))?;
        ensure!(address.ip().is_loopback(), "the simulator only talks to this machine, not to {address}");
        Ok(Self(address))
    }

    /// Reads one JSON document.
    pub(super) async fn get<T: DeserializeOwned>(self, path: &str) -> Result<T> {
        let body = timeout(REQUEST, self.fetch(path)).await.with_context(|| format!("GET {path}: no answer"))??;
        serde_json::from_slice(&body).with_context(|| format!("GET {path}: not the JSON expected"))
    }

    async fn fetch(self, path: &str) -> Result<Vec<u8>> {
        let mut stream = TcpStream::connect(self.0).await.with_context(|| format!("cannot reach {}", self.0))?;
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {}\r\nAccept: application/json\r\nConnection: close\r\n\r\n", self.0);
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).await?;
        let split = answer.windows(4).position(|four| four == b"\r\n\r\n").context("no end of the header")?;
        let (head, body) = answer.split_at(split + 4);
        let head = String::from_utf8_lossy(head).to_ascii_lowercase();
        if head.split_whitespace().nth(1) != Some("200") {
            bail!("GET {path}: {} {}", head.lines().next().unwrap_or_default(), String::from_utf8_lossy(body));
        }
        if head.contains("transfer-encoding: chunked") { unchunk(body) } else { Ok(body.to_vec()) }
    }
}

/// Joins the chunks of a body.
fn unchunk(mut left: &[u8]) -> Result<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let line_end = left.windows(2).position(|two| two == b"\r\n").context("a chunk without a length")?;
        let (line, rest) = left.split_at(line_end);
        let digits = std::str::from_utf8(line)?.split(';').next().unwrap_or_default().trim();
        let length = usize::from_str_radix(digits, 16).context("a chunk without a length")?;
        let chunk = rest.get(2..2 + length).context("a chunk that is cut off")?;
        if length == 0 {
            return Ok(whole);
        }
        whole.extend_from_slice(chunk);
        left = rest.get(4 + length..).context("a chunk that is cut off")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined_and_only_this_machine_is_spoken_to() {
        // Proves: a chunked body comes out whole, a torn one is an error, foreign addresses are refused.
        assert_eq!(unchunk(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n").expect("whole"), b"abcde");
        assert!(unchunk(b"9\r\nabc\r\n").is_err());
        assert!(Api::parse("http://127.0.0.1:8080/").is_ok());
        assert!(Api::parse("http://192.0.2.1:8080").is_err());
        assert!(Api::parse("127.0.0.1:8080").is_err());
    }
}
