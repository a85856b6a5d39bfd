//! Identities. Ledger ids are the codes the office gave; terminal ids come off the wire; the rest are numbers or digests.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr, sync::Arc};

macro_rules! codes {
    ($( $(#[$doc:meta])* $name:ident ),* $(,)?) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps a code as the office wrote it; surrounding blanks are not part of it.
            #[must_use]
            pub fn new(code: &str) -> Self {
                Self(Arc::from(code.trim()))
            }

            /// The code itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }
    )* };
}

codes! {
    /// 核准 (haul approval) number, such as `HJ-2026-031`.
    ApprovalId,
    /// Company code of the ledger.
    CompanyId,
    /// Administrative district code, GB/T 2260 (`410108` = Huiji).
    DistrictId,
    /// Depot, fuel station, repair shop: a place where stopping means nothing.
    PlaceId,
    /// Building site or disposal site.
    SiteId,
    /// Ledger code of a vehicle; it outlives plates and terminals.
    VehicleId,
    /// Restricted zone.
    ZoneId,
}

/// Place of an input: (gateway, number). The number is the ordinal in that gateway's journal, from 1, without holes; the gateway
/// stands above it in the same word, and a single machine is gateway 0, so that there a seq is the number alone.
///
/// 44 bits of number: 17 million million inputs a gateway, 27 years at 20,000 a second. 9 bits of gateway. Both together stay
/// below 2^53, so that a seq is exact in every JSON reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub u64);

/// Bits of a seq below the gateway.
const NUMBER_BITS: u32 = 44;

impl Seq {
    /// Greatest number of a gateway.
    pub const NUMBER_MAX: u64 = (1 << NUMBER_BITS) - 1;

    /// From its two halves; a number over [`Seq::NUMBER_MAX`] does not occur (27 years of full load).
    #[must_use]
    pub const fn of(gateway: GatewayNumber, number: u64) -> Self {
        Self(((gateway.0 as u64) << NUMBER_BITS) | (number & Self::NUMBER_MAX))
    }

    /// Whose journal it is in.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "20 bits are left, and 9 of them are used")]
    pub const fn gateway(self) -> GatewayNumber {
        GatewayNumber((self.0 >> NUMBER_BITS) as u16)
    }

    /// Its place there.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0 & Self::NUMBER_MAX
    }
}

/// Number of a gateway of the house, 1 to 510; 0 is the one of a single machine, 511 the ticker's inputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GatewayNumber(pub u16);

impl GatewayNumber {
    /// The gateway of a single machine.
    pub const ALONE: Self = Self(0);
    /// Greatest number a gateway may have.
    pub const MAX: Self = Self(510);
    /// Ticks and ledger revisions of a house of many machines: no gateway's inputs.
    pub const CONTROL: Self = Self(511);
}

impl fmt::Display for GatewayNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// One TCP connection of a terminal; unique over restarts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectionId(pub u64);

/// Number of an import into the ledger; the first is 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u32);

/// Number of a change of the policy; the first is 1, 0 = the defaults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PolicyRevision(pub u32);

/// The terminal's phone of the 808 header as 20 nibbles, left-padded with 0: padding differs between editions, identity does not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TerminalId([u8; 10]);

impl TerminalId {
    /// From left-padded nibbles, two a byte.
    #[must_use]
    pub const fn from_nibbles(nibbles: [u8; 10]) -> Self {
        Self(nibbles)
    }

    /// The nibbles, two a byte, left-padded with 0.
    #[must_use]
    pub const fn as_nibbles(&self) -> &[u8; 10] {
        &self.0
    }
}

/// Hex digits without leading zeros; `0` when there are none. Decimal phones read as their digits.
impl fmt::Display for TerminalId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = String::with_capacity(20);
        for byte in self.0 {
            fmt::Write::write_fmt(&mut digits, format_args!("{byte:02x}"))?;
        }
        let short = digits.trim_start_matches('0');
        out.write_str(if short.is_empty() { "0" } else { short })
    }
}

impl fmt::Debug for TerminalId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "TerminalId({self})")
    }
}

impl FromStr for TerminalId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let bad = || IdError { text: text.to_owned() };
        let digits = text.trim();
        if digits.is_empty() || digits.len() > 20 {
            return Err(bad());
        }
        let mut nibbles = [0_u8; 10];
        for (place, digit) in digits.chars().rev().enumerate() {
            let value = u8::try_from(digit.to_digit(16).ok_or_else(bad)?).map_err(|_| bad())?;
            let byte = nibbles.get_mut(9 - place / 2).ok_or_else(bad)?;
            *byte |= if place % 2 == 0 { value } else { value << 4 };
        }
        Ok(Self(nibbles))
    }
}

impl Serialize for TerminalId {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        if out.is_human_readable() { out.collect_str(self) } else { self.0.serialize(out) }
    }
}

impl<'de> Deserialize<'de> for TerminalId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if !from.is_human_readable() {
            return Ok(Self(<[u8; 10]>::deserialize(from)?));
        }
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A text that is not a terminal id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a terminal: 1 to 20 digits (hex digits for binary ids)")]
pub struct IdError {
    /// What was given.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_not_identity() {
        // Proves: the 12-digit and the 20-digit form of one phone are one terminal.
        let short: TerminalId = "013912345678".parse().expect("12 digits");
        let long: TerminalId = "00000000013912345678".parse().expect("20 digits");
        assert_eq!(short, long);
        assert_eq!(short.to_string(), "13912345678");
        assert_eq!("0".parse::<TerminalId>().expect("zero").to_string(), "0");
        assert!("12x".parse::<TerminalId>().is_err());
    }
}
