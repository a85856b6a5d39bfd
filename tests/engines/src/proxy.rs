//! A TCP link that can be cut, silenced, slowed and healed while connections run through it.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

/// Bytes that are carried at once, in each direction of a connection.
const CARRIED_BYTES: usize = 16 << 10;

/// How the link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Everything passes.
    Open,
    /// Every carried piece (at most 16 KiB) comes this much later.
    Slow(Duration),
    /// Nothing passes and nobody is told, as when a cable is pulled: connections stay, new ones are taken and hear nothing.
    /// What was sent meanwhile arrives after healing, as TCP's repetitions would.
    Silent,
    /// Connections are reset (RST), new ones too.
    Cut,
}

/// Listens on a port of its own and carries every connection to the target. Ends when dropped.
#[derive(Debug)]
pub struct Proxy {
    /// Where to connect instead of to the target.
    pub address: SocketAddr,
    link: watch::Sender<Link>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Takes a free loopback port in front of `target`.
    ///
    /// # Errors
    /// No port can be had.
    pub async fn start(target: SocketAddr) -> io::Result<Self> {
        Self::start_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), target).await
    }

    /// As [`Self::start`], at that address.
    ///
    /// # Errors
    /// The address cannot be had.
    pub async fn start_at(listen: SocketAddr, target: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let (link, state) = watch::channel(Link::Open);
        let task = tokio::spawn(accept(listener, target, state));
        Ok(Self { address, link, task })
    }

    /// Changes the link, for the connections there are and those to come.
    pub fn set(&self, link: Link) {
        self.link.send_replace(link);
    }

    /// Everything passes again.
    pub fn heal(&self) {
        self.set(Link::Open);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // The connections' tasks end with the sender of the link's state.
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, target: SocketAddr, state: watch::Receiver<Link>) {
    while let Ok((near, _)) = listener.accept().await {
        let mut state = state.clone();
        tokio::spawn(async move {
            // A connection ends with an error whenever one of its ends does.
            let _ended = carry(near, target, &mut state).await;
        });
    }
}

async fn carry(near: TcpStream, target: SocketAddr, state: &mut watch::Receiver<Link>) -> io::Result<()> {
    if passes(state).await == Link::Cut {
        return near.set_zero_linger();
    }
    let far = TcpStream::connect(target).await?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    let mut up = (near_in, far_out);
    let mut down = (far_in, near_out);
    let (mut there, mut back) = (state.clone(), state.clone());
    let cut = tokio::select! {
        done = both(pump(&mut up, &mut there), pump(&mut down, &mut back)) => { done?; false }
        _ = state.wait_for(|link| *link == Link::Cut) => true,
    };
    if cut {
        up.1.as_ref().set_zero_linger()?;
        down.1.as_ref().set_zero_linger()?;
    }
    Ok(())
}

async fn both(up: impl Future<Output = io::Result<()>>, down: impl Future<Output = io::Result<()>>) -> io::Result<()> {
    tokio::try_join!(up, down).map(|_| ())
}

/// Carries one direction until its sender has closed it.
async fn pump(way: &mut (OwnedReadHalf, OwnedWriteHalf), state: &mut watch::Receiver<Link>) -> io::Result<()> {
    let mut carried = vec![0; CARRIED_BYTES];
    loop {
        let length = way.0.read(&mut carried).await?;
        if let Link::Slow(delay) = passes(state).await {
            tokio::time::sleep(delay).await;
        }
        if length == 0 {
            return way.1.shutdown().await;
        }
        way.1.write_all(&carried[..length]).await?;
    }
}

/// The state as soon as it is not silence. A proxy that is gone cuts.
async fn passes(state: &mut watch::Receiver<Link>) -> Link {
    state.wait_for(|link| *link != Link::Silent).await.map_or(Link::Cut, |link| *link)
}
