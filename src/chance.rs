//! The system's random numbers: for names that nobody else draws, and for secrets.

use crate::model::hex::hex;
use std::{
    fs,
    io::{self, Read as _},
};

/// So many random bytes.
///
/// # Errors
/// The system gives none.
pub fn bytes<const COUNT: usize>() -> io::Result<[u8; COUNT]> {
    let mut bytes = [0; COUNT];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A name of so many random bytes, as hex.
///
/// # Errors
/// The system gives none.
pub fn name<const BYTES: usize>() -> io::Result<String> {
    Ok(hex(&bytes::<BYTES>()?))
}
