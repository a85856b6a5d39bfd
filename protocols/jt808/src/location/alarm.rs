//! The alarm DWORD @0 of a position (section 8).
//!
//! ```text
//! bit 31 … 0, one alarm each; R = stays until the platform has answered, C = while the condition lasts
//! 2011 reserves bits 12–17 and 29–31; 2019 renames 3, 15, 17, 29 and reserves 31
//! ```

use crate::header::Edition;

/// How an alarm bit goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Clears {
    /// Set until the platform has answered the report.
    AfterReply,
    /// Set while the condition lasts.
    WithCondition,
}

/// One alarm bit and its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alarm {
    /// Bit number.
    pub bit: u8,
    /// How it goes out.
    pub clears: Clears,
    /// Chinese name.
    pub zh: &'static str,
    /// English name.
    pub en: &'static str,
}

/// The alarm flags of one report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct AlarmFlags(pub u32);

impl AlarmFlags {
    /// Whether the bit is set.
    #[must_use]
    pub const fn has(self, bit: u8) -> bool {
        bit < 32 && self.0 >> bit & 1 == 1
    }

    /// The set bits with the names of `edition`, ascending; reserved ones are named so.
    pub fn set(self, edition: Edition) -> impl Iterator<Item = Alarm> {
        (0..32_u8).filter(move |&bit| self.has(bit)).map(move |bit| alarm(bit, edition))
    }
}

use Clears::{AfterReply as R, WithCondition as C};

/// The names of 2013, in the order of the bits.
const NAMES: [(Clears, &str, &str); 32] = [
    (R, "紧急报警", "emergency button"),
    (C, "超速报警", "overspeed"),
    (C, "疲劳驾驶报警", "fatigue"),
    (R, "危险预警", "danger warning"),
    (C, "GNSS模块故障", "GNSS fault"),
    (C, "GNSS天线未接或被剪断", "antenna open"),
    (C, "GNSS天线短路", "antenna short"),
    (C, "主电源欠压", "main power low"),
    (C, "主电源掉电", "main power lost"),
    (C, "显示器故障", "display fault"),
    (C, "TTS模块故障", "TTS fault"),
    (C, "摄像头故障", "camera fault"),
    (C, "IC卡模块故障", "IC card module fault"),
    (C, "超速预警", "overspeed warning"),
    (C, "疲劳驾驶预警", "fatigue warning"),
    (C, "保留", "reserved"),
    (C, "保留", "reserved"),
    (C, "保留", "reserved"),
    (C, "当天累计驾驶超时", "daily driving overtime"),
    (C, "超时停车", "parking overtime"),
    (R, "进出区域", "area in or out"),
    (R, "进出路线", "route in or out"),
    (R, "路段行驶时间不足/过长", "segment time too short or too long"),
    (C, "路线偏离报警", "route deviation"),
    (C, "车辆VSS故障", "VSS fault"),
    (C, "车辆油量异常", "fuel abnormal"),
    (C, "车辆被盗", "stolen"),
    (R, "车辆非法点火", "illegal ignition"),
    (R, "车辆非法位移", "illegal movement"),
    (C, "碰撞预警", "collision warning"),
    (C, "侧翻预警", "rollover warning"),
    (C, "非法开门报警", "illegal door open"),
];

/// What 2019 changed.
const NAMES_2019: [(u8, Clears, &str, &str); 6] = [
    (3, C, "危险驾驶行为报警", "dangerous driving"),
    (15, C, "违规行驶报警", "driving in a forbidden period"),
    (16, C, "胎压预警", "tyre pressure warning"),
    (17, C, "右转盲区异常报警", "right-turn blind spot abnormal"),
    (29, C, "碰撞侧翻报警", "collision or rollover"),
    (31, R, "保留", "reserved"),
];

fn alarm(bit: u8, edition: Edition) -> Alarm {
    let changed = NAMES_2019.iter().find(|row| row.0 == bit && edition == Edition::V2019);
    let reserved = edition == Edition::V2011 && matches!(bit, 12..=17 | 29..=31);
    let (clears, zh, en) = match changed {
        Some(&(_, clears, zh, en)) => (clears, zh, en),
        None if reserved => (C, "保留", "reserved"),
        None => NAMES.get(usize::from(bit)).copied().unwrap_or((C, "保留", "reserved")),
    };
    Alarm { bit, clears, zh, en }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves that the editions name bit 15 differently and that only set bits are listed.
    #[test]
    fn names_follow_the_edition() {
        let flags = AlarmFlags(1 << 15 | 1);
        let names = |edition| flags.set(edition).map(|alarm| alarm.en).collect::<Vec<_>>();
        assert_eq!(names(Edition::V2013), ["emergency button", "reserved"]);
        assert_eq!(names(Edition::V2019), ["emergency button", "driving in a forbidden period"]);
        assert!(!flags.has(40));
    }
}
