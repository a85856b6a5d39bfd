//! BCD\[6\] times `YYMMDDhhmmss` (section 1): always GMT+8, the year is 2000 + YY.

use std::fmt;

const MS_PER_SECOND: i64 = 1000;
const SECONDS_PER_DAY: i64 = 86_400;
/// GMT+8.
const OFFSET_SECONDS: i64 = 8 * 3600;

/// A time as sent: six BCD bytes, which may be an impossible time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct BcdTime(pub [u8; 6]);

impl BcdTime {
    /// The calendar reading, or `None` when a digit is not decimal or the date does not exist.
    #[must_use]
    pub fn civil(self) -> Option<Civil> {
        let [year, month, day, hour, minute, second] = self.0.map(two_digits);
        let civil = Civil {
            year: 2000 + u16::from(year?),
            month: month?,
            day: day?,
            hour: hour?,
            minute: minute?,
            second: second?,
        };
        civil.exists().then_some(civil)
    }

    /// The instant in milliseconds since 1970 UTC, or `None` when the time is impossible.
    #[must_use]
    pub fn unix_ms(self) -> Option<i64> {
        self.civil().map(Civil::unix_ms)
    }

    /// The BCD form of an instant (fractions of a second dropped), or `None` outside the years 2000 to 2099.
    #[must_use]
    pub fn from_unix_ms(unix_ms: i64) -> Option<Self> {
        Civil::from_unix_ms(unix_ms).map(Civil::bcd)
    }

    /// The twelve digits as sent.
    #[must_use]
    pub fn digits(self) -> String {
        let value = self.0.iter().fold(0_u64, |value, &byte| value << 8 | u64::from(byte));
        format!("{value:012x}")
    }
}

fn two_digits(byte: u8) -> Option<u8> {
    let (tens, ones) = (byte >> 4, byte & 0x0F);
    (tens < 10 && ones < 10).then_some(tens * 10 + ones)
}

/// A date and time of day in GMT+8 that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Civil {
    /// 2000 to 2099.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
}

impl Civil {
    const fn exists(self) -> bool {
        let days = match self.month {
            4 | 6 | 9 | 11 => 30,
            2 if self.year.is_multiple_of(4) => 29, // every fourth year leaps between 2000 and 2099
            2 => 28,
            1..=12 => 31,
            _ => return false,
        };
        1 <= self.day && self.day <= days && self.hour < 24 && self.minute < 60 && self.second < 60
    }

    fn unix_ms(self) -> i64 {
        let days = days_since_1970(i64::from(self.year), i64::from(self.month), i64::from(self.day));
        let time = i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        (days * SECONDS_PER_DAY + time - OFFSET_SECONDS) * MS_PER_SECOND
    }

    fn from_unix_ms(unix_ms: i64) -> Option<Self> {
        let local = unix_ms.div_euclid(MS_PER_SECOND).checked_add(OFFSET_SECONDS)?;
        let (days, time) = (local.div_euclid(SECONDS_PER_DAY), local.rem_euclid(SECONDS_PER_DAY));
        let year = 2000 + (days - days_since_1970(2000, 1, 1)).div_euclid(366).clamp(-1, 100);
        let year = (year..year + 2).rev().find(|&year| days_since_1970(year, 1, 1) <= days)?;
        let month = (1..=12).rev().find(|&month| days_since_1970(year, month, 1) <= days)?;
        let day = days - days_since_1970(year, month, 1) + 1;
        let small = |value: i64| u8::try_from(value).ok();
        let civil = Self {
            year: u16::try_from(year).ok().filter(|year| (2000..2100).contains(year))?,
            month: small(month)?,
            day: small(day)?,
            hour: small(time / 3600)?,
            minute: small(time / 60 % 60)?,
            second: small(time % 60)?,
        };
        civil.exists().then_some(civil)
    }

    fn bcd(self) -> BcdTime {
        let year = u8::try_from(self.year % 100).unwrap_or(0);
        BcdTime(
            [year, self.month, self.day, self.hour, self.minute, self.second]
                .map(|value| ((value / 10) << 4) | (value % 10)),
        )
    }
}

/// RFC 3339 with the offset of the standard: `2024-11-27T15:42:30+08:00`.
impl fmt::Display for Civil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, hour, minute, second } = self;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}+08:00")
    }
}

/// Days from 1 January 1970 in the Gregorian calendar, for years after 1970.
const fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    // Count years from March, so that the leap day is the last of its year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before = year * 365 + year / 4 - year / 100 + year / 400;
    before + (month * 153 + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves the reading of a good time, in text and as an instant.
    #[test]
    fn a_good_time() {
        let time = BcdTime([0x24, 0x11, 0x27, 0x15, 0x42, 0x30]);
        assert_eq!(time.civil().unwrap().to_string(), "2024-11-27T15:42:30+08:00");
        assert_eq!(time.unix_ms(), Some(1_732_693_350_000));
        assert_eq!(time.digits(), "241127154230");
    }

    /// Proves that impossible dates and digits that are not decimal give nothing.
    #[test]
    fn impossible_times() {
        for bad in
            [[0x26, 0x02, 0x31, 0x25, 0, 0], [0xFF; 6], [0; 6], [0x23, 0x02, 0x29, 0, 0, 0], [0x24, 1, 1, 0, 0, 0x60]]
        {
            assert_eq!(BcdTime(bad).civil(), None, "{bad:02x?}");
        }
        assert!(BcdTime([0x24, 0x02, 0x29, 0, 0, 0]).civil().is_some());
    }

    /// Proves that every day of the century survives the way to an instant and back.
    #[test]
    fn every_day_of_the_century() {
        let first = BcdTime([0, 1, 1, 0, 0, 0]).unix_ms().unwrap();
        let mut last = None;
        for day in 0..36_525 {
            let ms = first + day * SECONDS_PER_DAY * MS_PER_SECOND + 86_399_000;
            let time = BcdTime::from_unix_ms(ms).unwrap();
            assert_eq!(time.unix_ms(), Some(ms));
            assert!(Some(time.digits()) > last);
            last = Some(time.digits());
        }
        assert_eq!(last.unwrap(), "991231235959");
        assert_eq!(BcdTime::from_unix_ms(first - 1000), None);
        assert_eq!(BcdTime::from_unix_ms(first + 36_525 * 86_400_000), None);
        assert_eq!(BcdTime::from_unix_ms(i64::MAX), None);
    }
}
