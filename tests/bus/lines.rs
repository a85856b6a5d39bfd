//! What is logged.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What `work` logs on its own thread, and what it says. A trouble that another test of this process has too may be said there.
pub(crate) fn logged<T>(work: impl FnOnce() -> T) -> (Vec<String>, T) {
    let written = Written::default();
    let to = written.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || to.clone()).finish();
    let said = tracing::subscriber::with_default(subscriber, work);
    let bytes = written.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    (String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect(), said)
}
