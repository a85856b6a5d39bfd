//! A small TCP balancer on this machine: one address in front of several processes, connection by connection in turn. For the demo
//! and for tests; a real house has a real one (docs/OPERATING.md).
//!
//! A backend that does not take the connection is passed over; a connection whose backend dies ends, and its client comes again.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinHandle,
    time::{sleep, timeout},
};

/// Connections carried at once; the next waits in the listener's backlog.
const CONNECTIONS_MAX: usize = 4096;
/// A backend that has not taken a connection by then is passed over.
const CONNECT: Duration = Duration::from_secs(1);
/// Pause after a connection could not be accepted: descriptors ran out.
const PAUSE: Duration = Duration::from_millis(100);

/// Listens until dropped; connections under way end then, too.
#[derive(Debug)]
pub struct Balancer {
    /// Where clients connect.
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

/// Whom connections go to, and whose turn it is.
#[derive(Debug)]
struct Ring {
    backends: Vec<SocketAddr>,
    turn: AtomicUsize,
}

impl Balancer {
    /// Takes `listen` (port 0: a free one) in front of the backends.
    ///
    /// # Errors
    /// The address cannot be had.
    pub async fn start(listen: SocketAddr, backends: Vec<SocketAddr>) -> io::Result<Self> {
        Self::over(TcpListener::bind(listen).await?, backends)
    }

    /// The same where the address was taken before there were backends.
    ///
    /// # Errors
    /// The listener does not know its address.
    pub fn over(listener: TcpListener, backends: Vec<SocketAddr>) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let ring = Arc::new(Ring { backends, turn: AtomicUsize::new(0) });
        Ok(Self { address, task: tokio::spawn(accept(listener, ring)) })
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, ring: Arc<Ring>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut carried = tokio::task::JoinSet::new();
    loop {
        while carried.try_join_next().is_some() {}
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((client, _)) => {
                let ring = Arc::clone(&ring);
                carried.spawn(async move {
                    carry(client, &ring).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(PAUSE).await;
            }
        }
    }
}

async fn carry(mut client: TcpStream, ring: &Ring) {
    let Some(mut backend) = ring.connect().await else {
        tracing::warn!(backends = ?ring.backends, "nobody takes connections");
        return;
    };
    let ended = match client.set_nodelay(true).and_then(|()| backend.set_nodelay(true)) {
        Ok(()) => copy_bidirectional(&mut client, &mut backend).await.map(|_| ()),
        Err(error) => Err(error),
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}

impl Ring {
    /// The next backend that takes a connection, each asked once.
    async fn connect(&self) -> Option<TcpStream> {
        let first = self.turn.fetch_add(1, Relaxed);
        for step in 0..self.backends.len() {
            let backend = self.backends[(first + step) % self.backends.len()];
            if let Ok(Ok(stream)) = timeout(CONNECT, TcpStream::connect(backend)).await {
                return Some(stream);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// Answers each connection with its letter.
    async fn backend(letter: u8) -> (SocketAddr, JoinHandle<()>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                stream.write_all(&[letter]).await.expect("it reads");
            }
        });
        (address, task)
    }

    async fn letters(balancer: &Balancer, count: usize) -> String {
        let mut all = String::new();
        for _ in 0..count {
            let mut stream = TcpStream::connect(balancer.address).await.expect("it listens");
            stream.read_to_string(&mut all).await.expect("a letter or nothing");
        }
        all
    }

    #[tokio::test]
    async fn connections_go_round_and_pass_over_the_dead() {
        // Proves: two backends take turns; when one is gone the other has all; with none a connection ends at once.
        let ((one, first), (two, second)) = (backend(b'a').await, backend(b'b').await);
        let balancer =
            Balancer::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), vec![one, two]).await.expect("a port");
        assert_eq!(letters(&balancer, 4).await, "abab");
        first.abort();
        assert!(first.await.is_err());
        assert_eq!(letters(&balancer, 3).await, "bbb");
        second.abort();
        assert!(second.await.is_err());
        assert_eq!(letters(&balancer, 2).await, "");
    }
}
