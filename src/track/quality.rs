//! What the quality gate says of a fix (rules.md 0.2), in words that are shown and counted.

use serde::{Deserialize, Serialize};

macro_rules! qualities {
    ($( $(#[$doc:meta])* $name:ident = $code:literal $zh:literal $en:literal ),* $(,)?) => {
        /// Whether a fix may be judged by, and if not, why not.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Quality { $( $(#[$doc])* $name, )* }

        impl Quality {
            /// Every value, in the order of the gate.
            pub const ALL: &[Self] = &[ $( Self::$name, )* ];

            /// Name in interfaces.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $( Self::$name => $code, )* }
            }

            /// Name for people, Chinese.
            #[must_use]
            pub const fn zh(self) -> &'static str {
                match self { $( Self::$name => $zh, )* }
            }

            /// Name for people, English.
            #[must_use]
            pub const fn en(self) -> &'static str {
                match self { $( Self::$name => $en, )* }
            }
        }
    };
}

qualities! {
    /// Judged.
    Good = "good" "合格" "good",
    /// Judged at the place where the truck stood: slow, ignition off, wandering.
    Held = "held" "静止漂移（位置保持）" "static drift, position held",
    /// The newest fix, too fast from the one before it; the next fix decides.
    Waiting = "waiting" "待下一点判定" "waits for the next fix",
    /// The frame's length field is not its body's length: which of its bytes are which is a guess.
    LengthDisagrees = "length_disagrees" "长度字段不符" "the frame's length disagrees",
    /// No such date.
    ImpossibleDate = "impossible_date" "日期无效" "impossible date",
    /// Later than the server's clock allows.
    FromFuture = "from_future" "时间超前" "from the future",
    /// Older than the record goes back.
    TooOld = "too_old" "时间过旧" "too old",
    /// The receiver had no position.
    NotPositioned = "not_positioned" "未定位" "not positioned",
    /// Latitude or longitude is zero.
    ZeroPosition = "zero_position" "零坐标" "zero position",
    /// Far outside the district.
    OutsideBox = "outside_box" "超出辖区范围" "outside the district's box",
    /// Faster than a truck can be.
    TooFast = "too_fast" "速度异常" "impossible speed",
    /// Too few satellites.
    FewSatellites = "few_satellites" "卫星数不足" "too few satellites",
    /// Neither the fix before nor the one after can be reached from it.
    Spike = "spike" "跳点" "spike",
}

impl Quality {
    /// Whether rules see the fix.
    #[must_use]
    pub const fn is_judged(self) -> bool {
        matches!(self, Self::Good | Self::Held)
    }
}
