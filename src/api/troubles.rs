//! What is wrong with the house itself, in words for the screens. Never a finding: these say how far what is on the screen can be
//! relied on.

use crate::{
    bus::{around::Around, live::WorkerStatus},
    clock::off::OFF_MAX_MS,
    ops::checks,
    record::stats::{Condition, RecordStats},
    store::reports::Heard,
};
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Trouble {
    /// What, for programs.
    pub code: &'static str,
    /// Whether frames are not acknowledged or a person must look; else it passes or is made good by itself.
    pub grave: bool,
    /// What the screens must say, Chinese.
    pub zh: String,
    /// The same, English.
    pub en: String,
}

/// How long an engine may be silent and a process unheard of before it is said: a slow second passes.
pub(super) const SILENCE: Duration = Duration::from_secs(5);
/// How long judging may stand still before it is said: a fail-over passes.
const STANDSTILL: Duration = Duration::from_secs(15);
/// Seconds a process may be unheard of: some reports.
pub(super) const UNHEARD_S: u64 = 15;
const UNHEARD_MS: i64 = 1_000 * UNHEARD_S.cast_signed();
/// Inputs a worker may be behind: some ten seconds of a district's bursts.
const LAG_MAX: u64 = 50_000;

/// How long no shard, and how long the slowest shard, was judged; and whether the house's time has run ahead.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stands {
    /// Since the newest tick judged.
    pub(super) all: Duration,
    /// Since the newest tick of the slowest shard.
    pub(super) slowest: Duration,
    /// How far the newest tick lies in the future by this process's clock.
    pub(super) ahead: Duration,
}

impl Stands {
    /// Whether no shard is judged, for too long.
    pub(super) fn is_all(self) -> bool {
        self.all > STANDSTILL
    }

    /// For how long some shard was not judged, in seconds, when that is too long.
    pub(super) fn unjudged_s(self) -> Option<u64> {
        (self.slowest > STANDSTILL).then_some(self.slowest.as_secs())
    }

    /// A tick of the future: until then there is no other.
    pub(super) fn of_time(self) -> Option<Trouble> {
        (self.ahead.as_millis() > u128::from(OFF_MAX_MS.unsigned_abs())).then(|| tick_ahead(self.ahead.as_secs()))
    }
}

/// Of a single machine.
pub(super) fn of_machine(stats: &RecordStats, worker: &WorkerStatus, lag_inputs: u64) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    if let Some(alarm) = stats.alarm() {
        let grave = matches!(stats.condition, Condition::Full | Condition::Failed);
        troubles.push(Trouble { code: "record", grave, zh: alarm.zh.to_owned(), en: alarm.en.to_owned() });
    }
    if worker.halted.is_some() {
        troubles.push(halted());
    } else if lag_inputs > LAG_MAX {
        troubles.push(mild(
            "judging_behind",
            format!("判定落后 {lag_inputs} 条报文，告警会晚到；会自动补上"),
            format!("Judging is {lag_inputs} inputs behind: alarms come late; it catches up by itself"),
        ));
    }
    troubles
}

/// Of a house of many processes; `clock` says when something so long ago was.
pub(super) fn of_house(around: &Around, stands: Stands, clock: &dyn Fn(Duration) -> String) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    let store_away = around.store_away().filter(|away| *away > SILENCE);
    let bus_away = around.bus_away().filter(|away| *away > SILENCE);
    let standby_away = around.standby_away().filter(|away| *away > SILENCE && store_away.is_none());
    if let Some(away) = standby_away {
        troubles.push(standby(&clock(away), away.as_secs()));
    }
    if let Some(away) = store_away {
        troubles.push(store(&clock(away), away.as_secs()));
    }
    if let Some(away) = bus_away {
        troubles.push(bus(&clock(away), away.as_secs(), store_away.is_none() && standby_away.is_none()));
    } else if store_away.is_some() || standby_away.is_some() {
        // That nothing is judged without the store or its standby is said already.
    } else if stands.is_all() {
        troubles.push(nobody_judges(stands.all.as_secs()));
    } else if stands.slowest > STANDSTILL {
        troubles.push(some_are_not_judged(stands.slowest.as_secs()));
    }
    if store_away.is_none()
        && let Some(processes) = around.processes()
    {
        if standby_away.is_none() && processes.iter().any(waits_for_no_standby) {
            troubles.push(no_standby());
        }
        gateways(&processes, &said(bus_away, standby_away), clock, &mut troubles);
        if processes.iter().any(|heard| heard.report.figures.get("shard_halted").is_some_and(|halted| *halted > 0.0)) {
            troubles.push(halted());
        }
        troubles.extend(processes.iter().filter_map(clock_off));
    }
    troubles
}

/// Checks of gateways whose failing is said for the whole house: none can publish without Redis, nor copy or renew its number without
/// the standby, and how the primary and its standby are is the same for all. A wrong clock has a bar of its own.
fn said(bus_away: Option<Duration>, standby_away: Option<Duration>) -> Vec<&'static str> {
    let mut said = vec![checks::CLOCK, checks::STANDBY];
    said.extend(bus_away.map(|_| checks::BUS));
    said.extend(standby_away.into_iter().flat_map(|_| [checks::COPY, checks::NUMBER]));
    said
}

/// Whether a gateway that wishes for a standby finds the primary waiting for none.
fn waits_for_no_standby(heard: &Heard) -> bool {
    let Heard { report, age_ms } = heard;
    let is_alone = report.figures.get("copy_alone").is_some_and(|alone| *alone > 0.0);
    *age_ms <= UNHEARD_MS && is_alone && report.failing.contains_key(checks::STANDBY)
}

/// A process whose clock is wrong.
fn clock_off(heard: &Heard) -> Option<Trouble> {
    let Heard { report, age_ms } = heard;
    if *age_ms > UNHEARD_MS || !report.failing.contains_key(checks::CLOCK) {
        return None;
    }
    let (name, ahead_s) = (&report.name, report.figures.get("clock_ahead_seconds").copied().unwrap_or_default());
    let (seconds, zh, en) = if ahead_s < 0.0 { (-ahead_s, "慢", "behind") } else { (ahead_s, "快", "ahead of") };
    let (who_zh, what_zh, what_en) = match report.role.as_str() {
        "gateway" => (
            "网关",
            "经它收到的定位点按错误的时刻校验，相差超过五分钟即不判定",
            "what it receives is checked against a wrong time, and is not judged when that is off by more than five minutes",
        ),
        "worker" => ("判定进程", "不由它报时，判定照常", "it judges, but gives no ticks"),
        _ => ("接口", "页面上的时长可能不准", "ages on its pages may be wrong"),
    };
    Some(mild(
        "clock_off",
        format!("{who_zh} {name} 的时钟比数据库{zh} {seconds:.1} 秒：{what_zh}。请校时（NTP）"),
        format!(
            "The clock of {} {name} is {seconds:.1} s {en} the database's: {what_en}. Set the clock (NTP)",
            report.role
        ),
    ))
}

fn gateways(processes: &[Heard], said: &[&str], clock: &dyn Fn(Duration) -> String, troubles: &mut Vec<Trouble>) {
    let all: Vec<&Heard> = processes.iter().filter(|heard| heard.report.role == "gateway").collect();
    if all.iter().all(|heard| heard.age_ms > UNHEARD_MS) {
        troubles.push(Trouble {
            code: "no_gateway",
            grave: true,
            zh: "没有网关在线：终端无法接入，报文留在终端，恢复后补传".to_owned(),
            en: "No gateway is up: terminals cannot connect and keep their frames until one is".to_owned(),
        });
    }
    for Heard { report, age_ms } in all {
        let name = &report.name;
        if *age_ms > UNHEARD_MS {
            let silent = Duration::from_millis(age_ms.unsigned_abs());
            troubles.push(unheard(name, &clock(silent), silent));
            continue;
        }
        let failing = report.failing.iter().filter(|(check, _)| !said.contains(&check.as_str()));
        if let Some((check, reason)) = failing.min_by_key(|(check, _)| !stops_receipts(check)) {
            let grave = stops_receipts(check);
            let reason_zh = report.failing_zh.get(check).cloned().unwrap_or_else(|| format!("原因：{reason}"));
            let (zh, en) = if grave {
                ("不向终端应答", "does not acknowledge what terminals send")
            } else {
                ("不正常", "is not well")
            };
            troubles.push(Trouble {
                code: "gateway_failing",
                grave,
                zh: format!("网关 {name} {zh}：{}（{reason_zh}）", check_zh(check)),
                en: format!("Gateway {name} {en}: {check} ({reason})"),
            });
        }
    }
}

/// Checks without which a gateway acknowledges nothing.
fn stops_receipts(check: &str) -> bool {
    [checks::COPY, checks::JOURNAL].contains(&check)
}

fn check_zh(check: &str) -> &str {
    match check {
        checks::BUS => "总线",
        checks::CLOCK => "时钟",
        checks::COPY => "副本",
        checks::JOURNAL => "本地记录",
        checks::NUMBER => "编号租约",
        checks::SPOOL => "缓冲",
        checks::STANDBY => "备库",
        checks::START => "启动",
        checks::STORE => "数据库",
        other => other,
    }
}

fn mild(code: &'static str, zh: String, en: String) -> Trouble {
    Trouble { code, grave: false, zh, en }
}

/// A gateway that is gone may hold on its disk what no other has: it stays named until somebody decides about it.
fn unheard(name: &str, since: &str, silent: Duration) -> Trouble {
    let (zh, en) = lasting(silent);
    let (zh_more, en_more) = if silent > LONG_GONE {
        (
            "；请找回机器，或确认弃用后除名（OPERATING.md 第 5 节）",
            "; bring it back, or strike it off (OPERATING.md, section 5)",
        )
    } else {
        ("", "")
    };
    mild(
        "gateway_silent",
        format!("网关 {name} 自 {since} 起没有消息（{zh}）{zh_more}"),
        format!("Gateway {name} has not been heard of since {since} ({en}){en_more}"),
    )
}

/// After which a gateway does not come back by itself.
const LONG_GONE: Duration = Duration::from_hours(1);

/// A length of time in its two languages, in the greatest unit of which there are two.
fn lasting(time: Duration) -> (String, String) {
    let seconds = time.as_secs();
    let (count, zh, en) = match seconds {
        172_800.. => (seconds / 86_400, "天", "d"),
        7_200.. => (seconds / 3_600, "小时", "h"),
        120.. => (seconds / 60, "分", "min"),
        _ => (seconds, "秒", "s"),
    };
    (format!("{count} {zh}"), format!("{count} {en}"))
}

fn standby(since: &str, seconds: u64) -> Trouble {
    Trouble {
        code: "standby_away",
        grave: true,
        zh: format!(
            "同步备库自 {since} 起无应答（{seconds} 秒），每次提交都在等它：报文暂不应答，判定、告警和下发停止；终端保留未应答的报文。\
             恢复备库，或按 OPERATING.md 第 6 节第 3 步改为不等备库"
        ),
        en: format!(
            "The synchronous standby does not answer since {since} ({seconds} s) and every commit waits for it: nothing is \
             acknowledged or judged; terminals keep what was not acknowledged. Bring it back, or OPERATING.md, section 6, step 3"
        ),
    }
}

fn no_standby() -> Trouble {
    mild(
        "no_standby",
        "PostgreSQL 主库没有等待备库：报文只写在一台数据库上。接回备库后按 OPERATING.md 第 6 节第 5 步设回".to_owned(),
        "The PostgreSQL primary waits for no standby: frames are on one database only. Connect the standby and name it again \
         (OPERATING.md, section 6, step 5)"
            .to_owned(),
    )
}

fn store(since: &str, seconds: u64) -> Trouble {
    Trouble {
        code: "store_away",
        grave: true,
        zh: format!(
            "数据库自 {since} 起无应答（{seconds} 秒）：报文暂不应答，告警与查询停止；终端保留未应答的报文，恢复后补传。\
             处理见 OPERATING.md 第 6 节"
        ),
        en: format!(
            "The database has not answered since {since} ({seconds} s): nothing is acknowledged, alarms and queries stand still; \
             terminals keep what was not acknowledged and send it again. What to do: OPERATING.md, section 6"
        ),
    }
}

fn bus(since: &str, seconds: u64, are_acknowledged: bool) -> Trouble {
    let (zh, en) = if are_acknowledged {
        (
            "；终端照常接入和应答，报文已保存，恢复后自动补判",
            "; terminals are received and acknowledged as before, and judged when it is back",
        )
    } else {
        ("", "")
    };
    mild(
        "bus_away",
        format!("Redis 自 {since} 起无应答（{seconds} 秒）：实时位置与告警停在当时{zh}。处理见 OPERATING.md 第 7 节"),
        format!(
            "Redis has not answered since {since} ({seconds} s): live positions and alarms stand at that moment{en}. What to do: \
             OPERATING.md, section 7"
        ),
    )
}

fn nobody_judges(seconds: u64) -> Trouble {
    mild(
        "judging_stands",
        format!("{seconds} 秒没有任何分片在判定：告警停止；报文照常保存，恢复后自动补判。请检查判定进程"),
        format!(
            "No shard has been judged for {seconds} s: there are no new alarms; frames are kept and judged later. Look at the workers"
        ),
    )
}

fn some_are_not_judged(seconds: u64) -> Trouble {
    mild(
        "judging_stands_partly",
        format!("部分分片 {seconds} 秒没有判定：这些车辆的告警会晚到，恢复后自动补判"),
        format!("Some shards have not been judged for {seconds} s: alarms of their trucks come late and are made good"),
    )
}

fn tick_ahead(seconds: u64) -> Trouble {
    Trouble {
        code: "tick_ahead",
        grave: true,
        zh: format!(
            "最近一次报时在未来 {seconds} 秒：到那时之前没有新的报时，离线、停留等靠时间判断的告警不会结束或出现。请检查各机器的时钟（NTP）"
        ),
        en: format!(
            "The newest tick lies {seconds} s in the future: until then there is no other, and what needs the time to pass, such as \
             silence, is not found. Look at the clocks of all machines (NTP)"
        ),
    }
}

fn halted() -> Trouble {
    Trouble {
        code: "judge_halted",
        grave: true,
        zh: "判定已停止，需要人工处理：报文照常保存。请看判定进程的日志".to_owned(),
        en: "A judge stopped and a person must look: frames are kept. Read the worker's log".to_owned(),
    }
}

#[cfg(test)]
#[path = "troubles_tests.rs"]
mod tests;
