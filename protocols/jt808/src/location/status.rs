//! The status DWORD @4 of a position (section 9).
//!
//! ```text
//! 0 ACC | 1 positioned | 2 south | 3 west | 4 out of service | 5 coordinates encrypted | 6 7 2019: warnings
//! 8–9 load (2013+): 00 empty 01 half 10 reserved 11 full | 10 oil cut | 11 circuit cut | 12 doors locked
//! 13–17 doors open | 18 GPS 19 Beidou 20 GLONASS 21 Galileo used | 22 2019: moving | 23–31 reserved, vendors
//! ```

use crate::header::Edition;

/// The load field, bits 8 and 9. Came with 2013: on a 2011-style terminal `Empty` means "unknown".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Load {
    /// 00
    Empty,
    /// 01
    Half,
    /// 10
    Reserved,
    /// 11
    Full,
}

/// One status bit with the meaning of its present value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusBit {
    /// Bit number.
    pub bit: u8,
    /// Chinese meaning of 1.
    pub zh: &'static str,
    /// English meaning of 1.
    pub en: &'static str,
}

/// The status of one report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct StatusFlags(pub u32);

impl StatusFlags {
    /// Bit 0 of [`StatusFlags`]: ignition on.
    pub const ACC_ON: u32 = 1;
    /// Bit 1: positioned.
    pub const POSITIONED: u32 = 1 << 1;
    /// Bit 2: southern latitude.
    pub const SOUTH: u32 = 1 << 2;
    /// Bit 3: western longitude.
    pub const WEST: u32 = 1 << 3;
    /// Bit 5: coordinates went through the offset plug-in.
    pub const ENCRYPTED: u32 = 1 << 5;
    /// Bits 8 and 9: full.
    pub const FULL: u32 = 0b11 << 8;

    /// Whether the bit is set.
    #[must_use]
    pub const fn has(self, bit: u8) -> bool {
        bit < 32 && self.0 >> bit & 1 == 1
    }

    /// Bit 0: ignition on.
    #[must_use]
    pub const fn is_acc_on(self) -> bool {
        self.has(0)
    }

    /// Bit 1: the position is a fix.
    #[must_use]
    pub const fn is_positioned(self) -> bool {
        self.has(1)
    }

    /// Bit 2: southern latitude.
    #[must_use]
    pub const fn is_south(self) -> bool {
        self.has(2)
    }

    /// Bit 3: western longitude.
    #[must_use]
    pub const fn is_west(self) -> bool {
        self.has(3)
    }

    /// Bit 5: coordinates went through the offset plug-in 保密插件.
    #[must_use]
    pub const fn is_encrypted(self) -> bool {
        self.has(5)
    }

    /// Bits 8 and 9.
    #[must_use]
    pub const fn load(self) -> Load {
        match self.0 >> 8 & 0b11 {
            0b00 => Load::Empty,
            0b01 => Load::Half,
            0b10 => Load::Reserved,
            _ => Load::Full,
        }
    }

    /// The set bits with the names of `edition`, ascending, without the load field.
    pub fn set(self, edition: Edition) -> impl Iterator<Item = StatusBit> {
        (0..32_u8).filter(move |&bit| self.has(bit) && !matches!(bit, 8 | 9)).map(move |bit| meaning(bit, edition))
    }
}

/// Bit, first edition, meaning of 1.
const MEANINGS: [(u8, Edition, &str, &str); 21] = [
    (0, Edition::V2011, "ACC开", "ACC on"),
    (1, Edition::V2011, "定位", "positioned"),
    (2, Edition::V2011, "南纬", "south"),
    (3, Edition::V2011, "西经", "west"),
    (4, Edition::V2011, "停运", "out of service"),
    (5, Edition::V2011, "经纬度已加密", "coordinates encrypted"),
    (6, Edition::V2019, "前撞预警", "forward collision warning"),
    (7, Edition::V2019, "车道偏移预警", "lane departure warning"),
    (10, Edition::V2011, "油路断开", "oil line cut"),
    (11, Edition::V2011, "电路断开", "circuit cut"),
    (12, Edition::V2011, "车门加锁", "doors locked"),
    (13, Edition::V2013, "前门开", "front door open"),
    (14, Edition::V2013, "中门开", "middle door open"),
    (15, Edition::V2013, "后门开", "rear door open"),
    (16, Edition::V2013, "驾驶席门开", "driver's door open"),
    (17, Edition::V2013, "自定义门开", "custom door open"),
    (18, Edition::V2013, "使用GPS", "GPS used"),
    (19, Edition::V2013, "使用北斗", "Beidou used"),
    (20, Edition::V2013, "使用GLONASS", "GLONASS used"),
    (21, Edition::V2013, "使用Galileo", "Galileo used"),
    (22, Edition::V2019, "行驶", "moving"),
];

fn meaning(bit: u8, edition: Edition) -> StatusBit {
    let known = MEANINGS.iter().find(|row| row.0 == bit && row.1 <= edition);
    let (zh, en) = known.map_or(("保留", "reserved"), |row| (row.2, row.3));
    StatusBit { bit, zh, en }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves the load field with its low bit at 8, and the signs.
    #[test]
    fn load_and_signs() {
        assert_eq!(StatusFlags(1 << 8).load(), Load::Half);
        assert_eq!(StatusFlags(1 << 9).load(), Load::Reserved);
        assert_eq!(StatusFlags(StatusFlags::FULL).load(), Load::Full);
        let status = StatusFlags(StatusFlags::SOUTH | StatusFlags::WEST);
        assert!(status.is_south() && status.is_west() && !status.is_positioned());
    }

    /// Proves that bits of a later edition are reserved in an earlier one.
    #[test]
    fn names_follow_the_edition() {
        let name = |edition| StatusFlags(1 << 22).set(edition).next().unwrap().en;
        assert_eq!((name(Edition::V2013), name(Edition::V2019)), ("reserved", "moving"));
    }
}
