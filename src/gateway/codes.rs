//! The authentication codes we issue: a keyed hash of the terminal, so that they survive restarts without a table and
//! cannot be guessed from another terminal's.

use crate::{chance, model::ids::TerminalId};
use sha2::{Digest, Sha256};
use std::{fmt, fs, io, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

/// The secret's file in the data folder. Lost, all terminals must register again, which they do by themselves.
const SECRET_NAME: &str = "gateway.secret";
/// Bytes of the secret: as many as the hash keeps.
pub const SECRET_BYTES: usize = 32;

/// The codes of this installation.
#[derive(Clone)]
pub struct Codes {
    secret: [u8; SECRET_BYTES],
}

impl Codes {
    /// The codes of a data folder; its secret is drawn at the first start.
    ///
    /// # Errors
    /// The secret cannot be read or written, or has another length than ours.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let path = folder.join(SECRET_NAME);
        match fs::read(&path) {
            Ok(bytes) => {
                let wrong = || io::Error::new(io::ErrorKind::InvalidData, format!("{} is damaged", path.display()));
                Ok(Self { secret: bytes.try_into().map_err(|_| wrong())? })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::draw(folder, &path),
            Err(error) => Err(error),
        }
    }

    /// The codes of a house of many gateways, which share one secret, so that a terminal may go to another gateway
    /// without registering again.
    ///
    /// # Errors
    /// Not [`SECRET_BYTES`] bytes.
    pub fn from_secret(bytes: &[u8]) -> Result<Self, SecretError> {
        Ok(Self { secret: bytes.try_into().map_err(|_| SecretError { got: bytes.len() })? })
    }

    /// A fresh secret for [`Codes::from_secret`], from the system's random numbers.
    ///
    /// # Errors
    /// The system gives none.
    pub fn fresh_secret() -> io::Result<[u8; SECRET_BYTES]> {
        chance::bytes()
    }

    /// Codes with a given secret, for tests and benches.
    #[must_use]
    pub const fn with_secret(secret: [u8; SECRET_BYTES]) -> Self {
        Self { secret }
    }

    fn draw(folder: &Path, path: &Path) -> io::Result<Self> {
        let secret = Self::fresh_secret()?;
        let fresh = folder.join(format!("{SECRET_NAME}.new"));
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        file.write_all(&secret)?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        fs::File::open(folder)?.sync_all()?;
        Ok(Self { secret })
    }

    /// The code of a terminal: HMAC-SHA-256 with a key of 32 bytes (RFC 2104), cut to 64 bits, as 16 hex digits, which
    /// fit into every terminal's memory.
    #[must_use]
    pub fn of(&self, terminal: TerminalId) -> String {
        let inner = keyed(&self.secret, 0x36, terminal.as_nibbles());
        let outer = keyed(&self.secret, 0x5C, &inner);
        let first = outer.iter().take(8).fold(0_u64, |code, byte| code << 8 | u64::from(*byte));
        format!("{first:016x}")
    }
}

/// A secret of another length than ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret behind the terminals' codes has {got} bytes, not {SECRET_BYTES}")]
pub struct SecretError {
    /// Bytes it has.
    pub got: usize,
}

/// One of the two passes of HMAC.
fn keyed(secret: &[u8; SECRET_BYTES], pad: u8, message: &[u8]) -> [u8; 32] {
    let mut block = [pad; 64];
    for (byte, key) in block.iter_mut().zip(secret) {
        *byte ^= key;
    }
    Sha256::new().chain_update(block).chain_update(message).finalize().into()
}

/// Without the secret.
impl fmt::Debug for Codes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Codes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_folder() {
        // Proves: a code is the same after a restart, another terminal's or another folder's is another.
        let folder = tempfile::tempdir().expect("a folder");
        let (one, two) = ("13800138000".parse().expect("digits"), "13800138001".parse().expect("digits"));
        let first = Codes::open(folder.path()).expect("drawn").of(one);
        let again = Codes::open(folder.path()).expect("read");
        assert_eq!((first.len(), &first), (16, &again.of(one)));
        assert_ne!(first, again.of(two));
        assert_ne!(first, Codes::with_secret([0; 32]).of(one));
        fs::write(folder.path().join(SECRET_NAME), b"short").expect("written");
        assert_eq!(Codes::open(folder.path()).expect_err("damaged").kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn gateways_of_one_house_share_their_codes() {
        // Proves: the same secret gives the same codes on every gateway, one of another length is refused and said.
        let terminal = "13800138000".parse().expect("digits");
        let secret = Codes::fresh_secret().expect("random numbers");
        let shared = Codes::from_secret(&secret).expect("our length");
        assert_eq!(shared.of(terminal), Codes::with_secret(secret).of(terminal));
        assert_eq!(Codes::from_secret(&secret[1..]).expect_err("too short"), SecretError { got: 31 });
    }

    #[test]
    fn the_keyed_hash_is_hmac() {
        // Proves: RFC 4231 test case 1 (the key there is 20 bytes, zero-padded like ours).
        let mut key = [0; 32];
        key[..20].fill(0x0B);
        let outer = keyed(&key, 0x5C, &keyed(&key, 0x36, b"Hi There"));
        assert_eq!(outer[..4], [0xB0, 0x34, 0x4C, 0x61]);
    }
}
