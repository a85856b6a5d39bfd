//! What a rule says of itself: printed in the manual, the interfaces and the pages.

use serde::{Deserialize, Serialize};

/// Static description of a rule.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Short code on forms.
    pub code: &'static str,
    /// Title, Chinese.
    pub title_zh: &'static str,
    /// Title, English.
    pub title_en: &'static str,
    /// Legal basis.
    pub basis: &'static str,
    /// Which group of the pages it belongs to.
    pub family: Family,
    /// Who is said to have done it.
    pub subject: SubjectKind,
    /// What the greatest measure of an episode is.
    pub peak: Quantity,
    /// How bad it is unless the rule judges the whole of it.
    pub severity: Severity,
    /// Whether it gives way where a truck without approval has no approved place, route or time to break (rules.md 1).
    pub precedence: Precedence,
    /// Raised with every change that can change a verdict.
    pub revision: u32,
}

/// Groups of rules on the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// 黑车
    BlackTruck,
    /// 装载
    Loading,
    /// 超时段
    OffHours,
    /// 偏线
    OffRoute,
    /// 黄标
    YellowLabel,
}

/// Who a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A quarantined terminal.
    Terminal,
    /// A registered vehicle.
    Vehicle,
}

/// How bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// 一般
    Minor,
    /// 较重
    Major,
    /// 严重
    Severe,
}

/// Who gives way to whom at one fix (rules.md 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precedence {
    /// Where it holds, those that yield are dropped and noted.
    Dominates,
    /// Gives way.
    Yields,
    /// Neither.
    Apart,
}

macro_rules! quantities {
    ($( $(#[$doc:meta])* $name:ident = $code:literal $unit:literal $zh:literal $en:literal ),* $(,)?) => {
        /// What is measured, with its unit.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Quantity { $( $(#[$doc])* $name, )* }

        impl Quantity {
            /// Name in interfaces.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $( Self::$name => $code, )* }
            }
            /// Unit.
            #[must_use]
            pub const fn unit(self) -> &'static str {
                match self { $( Self::$name => $unit, )* }
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

quantities! {
    /// Distance to the nearest approved route.
    OffRoute = "off_route" "m" "距核准线路最远" "farthest from the approved route",
    /// Distance driven while it held.
    Driven = "driven" "m" "累计行驶" "driven",
    /// Time it held.
    Duration = "duration" "s" "持续" "lasted",
    /// Fixes at which it held.
    Fixes = "fixes" "" "定位点数" "fixes",
    /// Speed.
    Speed = "speed" "km/h" "最高速度" "top speed",
    /// Depth inside an area.
    Inside = "inside" "m" "深入区域最大" "deepest inside",
    /// Length of a loading.
    LoadingTime = "loading_time" "s" "装载停留" "loading stay",
    /// Distance to the nearest approved load site.
    FromSite = "from_site" "m" "距核准装载点" "from the approved load site",
    /// Distance hauled since loading, at the worst point.
    Hauled = "hauled" "m" "载货行驶" "hauled",
    /// Time since the window shut.
    PastWindow = "past_window" "s" "超出核准时段" "past the approved hours",
}
