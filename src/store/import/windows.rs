//! Weekly hours as people write them: `Mon-Fri 22:00-05:00; Sat 20:00-06:00`, `周一至周五 22:00-05:00`.

use crate::model::window::WeeklyWindow;

const DAYS_EN: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAYS_ZH: [&str; 7] = ["一", "二", "三", "四", "五", "六", "日"];
const EVERY_DAY: u8 = 0x7f;
const DAY_MINUTES: u16 = 1_440;

/// Reads a cell; an empty one is no window. The error is the part that cannot be read.
pub(super) fn parse(text: &str) -> Result<Vec<WeeklyWindow>, String> {
    let plain = plain(text);
    let mut windows = Vec::new();
    for entry in plain.split([';', '\n']).map(str::trim).filter(|entry| !entry.is_empty()) {
        read_entry(entry, &mut windows).ok_or_else(|| entry.to_owned())?;
    }
    Ok(windows)
}

/// Writes what `parse` reads as the same windows.
pub(super) fn format(windows: &[WeeklyWindow]) -> String {
    let entry = |window: &WeeklyWindow| {
        format!("{} {}-{}", days_text(window.days), minute_text(window.from_minute), minute_text(window.to_minute))
    };
    windows.iter().map(entry).collect::<Vec<_>>().join("; ")
}

/// One kind of separator each, whatever keyboard they came from.
fn plain(text: &str) -> String {
    let folded = text.replace("次日", "").replace("全天", "00:00-24:00");
    let fold = |c: char| match c {
        '；' => ';',
        '：' => ':',
        '，' | '、' => ',',
        '至' | '到' | '~' | '～' | '–' | '—' | '－' => '-',
        '\u{3000}' => ' ',
        _ => c.to_ascii_lowercase(),
    };
    folded.chars().map(fold).collect()
}

/// `days times`, both lists; no days means every day.
fn read_entry(entry: &str, windows: &mut Vec<WeeklyWindow>) -> Option<()> {
    let first_digit = entry.find(|c: char| c.is_ascii_digit())?;
    let (days, times) = entry.split_at(first_digit);
    let days = read_days(days.trim().trim_end_matches(','))?;
    for time in times.split(',') {
        let (from, to) = time.split_once('-')?;
        let (from_minute, to_minute) = (read_minute(from)?, read_minute(to)?);
        if from_minute == DAY_MINUTES {
            return None;
        }
        windows.push(WeeklyWindow {
            days,
            from_minute,
            to_minute: if to_minute == 0 { DAY_MINUTES } else { to_minute },
        });
    }
    Some(())
}

fn read_days(text: &str) -> Option<u8> {
    match text {
        "" | "daily" | "每天" | "每日" => return Some(EVERY_DAY),
        "工作日" | "weekdays" => return Some(0x1f),
        "周末" | "weekend" => return Some(0x60),
        _ => {}
    }
    let mut days = 0;
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (mut day, last) = (read_day(first)?, read_day(last)?);
        days |= 1 << day;
        while day != last {
            day = (day + 1) % 7;
            days |= 1 << day;
        }
    }
    Some(days)
}

fn read_day(text: &str) -> Option<u8> {
    let text = text.trim();
    let short = text.trim_start_matches("周").trim_start_matches("星期").trim_start_matches("礼拜");
    let zh = if short == "天" { "日" } else { short };
    let known = DAYS_ZH.iter().position(|day| *day == zh).or_else(|| {
        let english = |day: &str| short.starts_with(day) && short.chars().all(|c| c.is_ascii_alphabetic());
        DAYS_EN.iter().position(|day| english(day))
    });
    u8::try_from(known?).ok()
}

fn read_minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.trim().parse().ok()?, minutes.trim().parse().ok()?);
    let total = hours.checked_mul(60)?.checked_add(minutes)?;
    (minutes < 60 && total <= DAY_MINUTES).then_some(total)
}

fn days_text(days: u8) -> String {
    if days == EVERY_DAY {
        return "daily".to_owned();
    }
    let mut parts = Vec::new();
    let mut day = 0;
    while day < 7 {
        let first = day;
        while day < 7 && days & (1 << day) != 0 {
            day += 1;
        }
        match (day - first, DAYS_EN.get(first), DAYS_EN.get(day.saturating_sub(1))) {
            (0, _, _) => day += 1,
            (1, Some(first), _) => parts.push(capital(first)),
            (_, Some(first), Some(last)) => parts.push(format!("{}-{}", capital(first), capital(last))),
            _ => {}
        }
    }
    parts.join(",")
}

fn capital(day: &str) -> String {
    let mut letters = day.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}", first.to_ascii_uppercase(), letters.as_str()))
}

fn minute_text(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(days: u8, from: u16, to: u16) -> WeeklyWindow {
        WeeklyWindow { days, from_minute: from, to_minute: to }
    }

    #[test]
    fn both_languages_say_the_same_hours() {
        // Proves: English, Chinese and full-width writing give one set of windows.
        let night = vec![window(0x1f, 22 * 60, 5 * 60), window(0x20, 20 * 60, 6 * 60)];
        for text in [
            "Mon-Fri 22:00-05:00; Sat 20:00-06:00",
            "周一至周五 22:00-05:00；周六 20:00-次日06:00",
            "星期一到五22：00至5：00;星期六 20:00~06:00",
            "工作日 22:00-05:00\nsaturday 20:00-06:00",
        ] {
            assert_eq!(parse(text), Ok(night.clone()), "{text}");
        }
        assert_eq!(parse("每天全天"), Ok(vec![WeeklyWindow::ALWAYS]));
        assert_eq!(parse("22:00-24:00"), Ok(vec![window(0x7f, 22 * 60, 1_440)]));
        assert_eq!(parse("Sat-Mon 08:00-09:00,17:00-19:30").map(|list| list.len()), Ok(2));
        assert_eq!(parse(" "), Ok(Vec::new()));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        // Proves: the error is the bad part, not the whole cell.
        assert_eq!(parse("Mon 22:00-05:00; Blursday 20:00-06:00"), Err("blursday 20:00-06:00".to_owned()));
        for bad in ["Mon", "25:00-26:00", "22:60-23:00", "Mon 24:00-05:00", "夜间"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_window_is_written_as_it_is_read() {
        // Proves: writing then reading is the identity, for every set of days.
        for days in 1..=EVERY_DAY {
            let windows = vec![window(days, 7 * 60 + 5, 1_440), window(days, 1_320, 300)];
            assert_eq!(parse(&format(&windows)), Ok(windows), "{days:07b}");
        }
    }
}
