//! Weekly windows in words: 「每日 20:00–次日 05:00」, 「周一至周五 07:00–09:00」.

use crate::{cases::sentence::Bilingual, model::window::WeeklyWindow};

const DAYS_ZH: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
const DAYS_EN: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const EVERY_DAY: u8 = 0x7f;
const MINUTES_A_DAY: u16 = 1_440;

/// Windows in words; none = at any hour.
#[must_use]
pub fn words(windows: &[WeeklyWindow]) -> Bilingual {
    if windows.is_empty() || windows.contains(&WeeklyWindow::ALWAYS) {
        return Bilingual { zh: "全天".to_owned(), en: "at any hour".to_owned() };
    }
    let join = |parts: Vec<String>, by: &str| parts.join(by);
    Bilingual {
        zh: join(
            windows.iter().map(|window| format!("{} {}", days_zh(window.days), hours(*window, "次日 "))).collect(),
            "；",
        ),
        en: join(
            windows.iter().map(|window| format!("{} {}", days_en(window.days), hours(*window, "next day "))).collect(),
            "; ",
        ),
    }
}

fn hours(window: WeeklyWindow, next_day: &str) -> String {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let wraps = window.to_minute <= window.from_minute && window.to_minute != MINUTES_A_DAY;
    format!("{}–{}{}", clock(window.from_minute), if wraps { next_day } else { "" }, clock(window.to_minute))
}

fn days_zh(days: u8) -> String {
    if days & EVERY_DAY == EVERY_DAY {
        return "每日".to_owned();
    }
    runs(days, &DAYS_ZH, "至", "、")
}

fn days_en(days: u8) -> String {
    if days & EVERY_DAY == EVERY_DAY {
        return "daily".to_owned();
    }
    runs(days, &DAYS_EN, "–", ", ")
}

/// Days as runs: three and more in a row are given by their ends.
fn runs(days: u8, names: &[&str; 7], to: &str, and: &str) -> String {
    let named: Vec<(usize, &str)> =
        names.iter().enumerate().filter(|(day, _)| days & (1 << day) != 0).map(|(day, name)| (day, *name)).collect();
    let stretches = named.chunk_by(|(day, _), (next, _)| day + 1 == *next);
    let parts: Vec<String> = stretches.map(|chunk| one_run(chunk, to, and)).collect();
    parts.join(and)
}

fn one_run(run: &[(usize, &str)], to: &str, and: &str) -> String {
    match run {
        [(_, first), _, .., (_, last)] => format!("{first}{to}{last}"),
        few => few.iter().map(|(_, name)| *name).collect::<Vec<_>>().join(and),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(days: u8, from_minute: u16, to_minute: u16) -> WeeklyWindow {
        WeeklyWindow { days, from_minute, to_minute }
    }

    #[test]
    fn windows_read_as_people_say_them() {
        // Proves: days fold into runs, a window past midnight says so, midnight as an end is 24:00 of the same day.
        let night = words(&[window(0x7f, 1_200, 300)]);
        assert_eq!((night.zh.as_str(), night.en.as_str()), ("每日 20:00–次日 05:00", "daily 20:00–next day 05:00"));
        let week = words(&[window(0b001_1111, 420, 540), window(0b110_0000, 0, 1_440)]);
        assert_eq!(week.zh, "周一至周五 07:00–09:00；周六、周日 00:00–24:00");
        assert_eq!(words(&[window(0b000_1011, 60, 120)]).en, "Mon, Tue, Thu 01:00–02:00");
        assert_eq!(words(&[]).zh, "全天");
    }
}
