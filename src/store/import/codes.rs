//! Kinds as people write them: the code itself, or a Chinese word for it.

use crate::{
    model::{
        approval::Binds,
        plate::PlateColour,
        site::{PlaceKind, SiteKind},
        terminal::{FittingRole, LoadSensor, ReportedDatum},
        vehicle::{EmissionLabel, VehicleKind},
        zone::ClosedTo,
    },
    store::codes,
};
use serde::{Serialize, de::DeserializeOwned};

/// A kind with its words.
pub(super) trait Coded: Serialize + DeserializeOwned + 'static {
    /// The code of each kind and the words that mean it; the first word is shown.
    const WORDS: &'static [(&'static str, &'static [&'static str])];

    /// The kind a text means.
    fn read(text: &str) -> Option<Self> {
        let plain = text.trim().to_lowercase();
        let meant = |(code, words): &&(&str, &[&str])| *code == plain || words.contains(&plain.as_str());
        codes::kind(Self::WORDS.iter().find(meant)?.0)
    }

    /// All that may be written: `blue 蓝, yellow 黄`.
    fn choices() -> String {
        let one = |(code, words): &(&str, &[&str])| format!("{code} {}", words.first().unwrap_or(&""));
        Self::WORDS.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

macro_rules! words {
    ($( $kind:ty { $( $code:literal: $($word:literal)|+ ),* $(,)? } )*) => {
        $( impl Coded for $kind {
            const WORDS: &'static [(&'static str, &'static [&'static str])] = &[ $( ($code, &[$($word),+]) ),* ];
        } )*

        #[cfg(test)]
        #[test]
        fn every_word_is_a_kind() {
            // Proves: no code in the tables is misspelt; each is read, and read as itself.
            $( for (code, words) in <$kind>::WORDS {
                for word in words.iter().chain([code]) {
                    let kind = <$kind>::read(word).unwrap_or_else(|| panic!("{word}"));
                    assert_eq!(codes::code(&kind), *code);
                }
            } )*
        }
    };
}

words! {
    PlateColour {
        "blue": "蓝" | "蓝色" | "蓝牌", "yellow": "黄" | "黄色" | "黄牌", "black": "黑" | "黑色" | "黑牌",
        "white": "白" | "白色" | "白牌", "green": "绿" | "绿色" | "绿牌" | "渐变绿", "yellow_green": "黄绿" | "黄绿色" | "黄绿双拼",
        "other": "其他" | "其它",
    }
    VehicleKind { "muck_truck": "渣土车" | "建筑垃圾运输车", "goods_vehicle": "货车" | "普通货车", "other": "其他" | "其它" }
    EmissionLabel {
        "yellow": "黄标" | "黄标车", "retrofitted": "黄改绿" | "改造", "green": "绿标" | "绿标车", "scrapped": "已报废" | "报废",
        "deregistered": "已注销" | "注销", "moved_out": "已迁出" | "迁出",
    }
    FittingRole { "main": "主用" | "主", "spare": "备用" | "备" }
    LoadSensor { "fitted": "有" | "已装" | "是", "absent": "无" | "未装" | "否" }
    ReportedDatum { "wgs84": "wgs-84" | "gps", "gcj02": "gcj-02" | "火星坐标" }
    SiteKind { "construction": "工地" | "建筑工地" | "出土工地", "disposal": "消纳场" | "消纳点" | "弃土场" }
    PlaceKind { "depot": "停车场" | "车场", "fuel": "加油站" | "加气站", "repair": "修理厂" | "维修厂" }
    Binds { "loaded_legs": "载货行驶" | "重载", "all_driving": "全部行驶" | "全程" }
    ClosedTo { "yellow_label": "黄标车" | "黄标", "muck_trucks": "渣土车" }
}
