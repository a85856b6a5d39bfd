//! One TCP connection of one simulated terminal: frames out, answers in.

use anyhow::{Context, Result, bail};
use bytes::BytesMut;
use jt808::{
    frame::{Frame, FrameLimits, Framer},
    terminal::{Answer, Terminal},
};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Longest wait for a connection, and for a write to go through.
const CONNECT: Duration = Duration::from_secs(5);
const WRITE: Duration = Duration::from_secs(10);

/// An open connection.
pub(super) struct Link {
    stream: TcpStream,
    framer: Framer,
    buffer: BytesMut,
}

impl Link {
    pub(super) async fn open(server: SocketAddr) -> Result<Self> {
        let stream = timeout(CONNECT, TcpStream::connect(server)).await.context("no connection in time")??;
        stream.set_nodelay(true)?;
        Ok(Self { stream, framer: Framer::new(FrameLimits::default()), buffer: BytesMut::with_capacity(1024) })
    }

    pub(super) async fn send(&mut self, wire: &[u8]) -> Result<()> {
        timeout(WRITE, self.stream.write_all(wire)).await.context("the server does not read")??;
        Ok(())
    }

    /// The next answer; an error when the connection has ended. Cancel-safe: bytes read stay in the buffer.
    pub(super) async fn answer(&mut self, terminal: &mut Terminal) -> Result<Answer> {
        loop {
            if let Some(frame) = self.next_frame()? {
                return Ok(terminal.receive(&frame)?);
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
        }
    }

    fn next_frame(&mut self) -> Result<Option<Frame>> {
        match self.framer.next(&mut self.buffer) {
            None => Ok(None),
            Some(Ok(frame)) => Ok(Some(frame)),
            Some(Err(refused)) => bail!("a bad frame from the server: {}", refused.error),
        }
    }
}
