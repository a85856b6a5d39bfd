//! What is read from the outside: processor time from `/proc` (Linux only), figures over HTTP.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// Microseconds of a kernel clock tick: 100 a second on every Linux there is for us.
const TICK_US: u64 = 10_000;

/// Processor time of named parts, microseconds.
pub(crate) struct Spent(Vec<(&'static str, u64)>);

impl Spent {
    /// Of processes with their children, living and ended, under the name of their part.
    pub(crate) fn of(processes: &[(&'static str, u32)]) -> Self {
        let all = ticks();
        let mut parts: Vec<(&'static str, u64)> = Vec::new();
        for (name, pid) in processes {
            let listed = |own: &u32| processes.iter().any(|(_, other)| other == own);
            let family = all.iter().filter(|(own, (parent, _))| *own == pid || (parent == pid && !listed(own)));
            let spent = family.map(|(_, (_, ticks))| ticks * TICK_US).sum::<u64>();
            match parts.iter_mut().find(|(part, _)| part == name) {
                Some((_, sum)) => *sum += spent,
                None => parts.push((name, spent)),
            }
        }
        Self(parts)
    }

    pub(crate) fn between(before: &Self, after: &Self) -> Self {
        let pairs = before.0.iter().zip(&after.0);
        Self(pairs.map(|((name, before), (_, after))| (*name, after.saturating_sub(*before))).collect())
    }

    /// One line: each part's share, and the sum.
    pub(crate) fn per(&self, positions: usize) -> String {
        let mut line = String::new();
        let mut sum = 0;
        for (name, spent) in &self.0 {
            sum += spent;
            write!(line, "{name} {}, ", share(*spent, positions)).expect("a string");
        }
        line + &format!("sum {}", share(sum, positions))
    }
}

/// Microseconds a position, two digits.
fn share(spent: u64, positions: usize) -> String {
    let hundredths = spent * 100 / positions.max(1) as u64;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// Of every process its parent and its processor time in ticks, that of ended children included.
fn ticks() -> BTreeMap<u32, (u32, u64)> {
    let entries = fs::read_dir("/proc").expect("Linux").filter_map(Result::ok);
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid: u32| Some((pid, times(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?))).collect()
}

/// proc(5): after the name in parentheses come state (field 3), parent (4), and utime, stime, cutime, cstime (14 to 17).
fn times(stat: &str) -> Option<(u32, u64)> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let spent = fields.get(11..15)?.iter().filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Some((fields.get(1)?.parse().ok()?, spent))
}

/// Frames by their time from receipt to commit: upper bound in milliseconds, and how many took no longer.
pub(crate) struct Lag(Vec<(u64, u64)>);

impl Lag {
    /// As the worker's histogram says it, classes ascending.
    pub(crate) fn of(text: &str) -> Self {
        let lines =
            text.lines().filter_map(|line| line.strip_prefix("muckwatch_worker_lag_seconds_bucket{")?.split_once("} "));
        let bound = |labels: &str| {
            let (most, _) = labels.split_once("le=\"")?.1.split_once('"')?;
            let most_s: f64 = most.parse().ok()?;
            let most = Duration::try_from_secs_f64(most_s).unwrap_or(Duration::MAX);
            Some(u64::try_from(most.as_millis()).unwrap_or(u64::MAX))
        };
        let mut classes: Vec<(u64, u64)> =
            lines.filter_map(|(labels, count)| Some((bound(labels)?, whole(count)?))).collect();
        classes.sort_unstable();
        Self(classes)
    }

    pub(crate) fn since(&self, before: &Self) -> Self {
        let pairs = self.0.iter().zip(&before.0);
        Self(pairs.map(|((most, after), (_, before))| (*most, after - before)).collect())
    }

    /// Upper bound of the class in which that share of a hundred lies, milliseconds.
    pub(crate) fn at(&self, share: u64) -> u64 {
        let all = self.0.last().map_or(0, |(_, count)| *count);
        self.0.iter().find(|(_, upto)| upto * 100 >= all * share).map_or(u64::MAX, |(most, _)| *most)
    }
}

/// Sum of a figure over its labels.
pub(crate) fn figure(text: &str, name: &str) -> u64 {
    let lines = text.lines().filter_map(|line| line.strip_prefix(name));
    let own = lines.filter(|rest| rest.starts_with(['{', ' ']));
    own.filter_map(|rest| whole(rest.rsplit_once(' ')?.1)).sum()
}

fn whole(text: &str) -> Option<u64> {
    text.trim().split('.').next()?.parse().ok()
}

/// The body of an answer, or nothing while nobody listens.
pub(crate) fn get(address: SocketAddr, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
}
