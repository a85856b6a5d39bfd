//! Everything the district's devices do on the day, ready to be played: over TCP by `cli/simulate`, or in memory.

use super::{
    cast::Role,
    devices::readings,
    dice::Dice,
    district::Demo,
    drivers::{Diary, live},
    faults::{Step, deliver},
    fleet::Member,
    truth::Deed,
};
use crate::model::{
    ids::TerminalId,
    time::{Span, Timestamp},
};
use jt808::{
    header::Edition,
    messages::{PlateColour, Register},
    phone::Phone,
    terminal::Terminal,
    text::Text,
};

/// One device and what it does.
#[derive(Clone, Debug)]
pub struct Script {
    /// Its identity.
    pub terminal: TerminalId,
    /// Whether the ledger knows it.
    pub registered: bool,
    /// What it says when it registers.
    pub register: Register,
    /// Edition it speaks.
    pub edition: Edition,
    /// Code it was given when it was fitted; empty = it registers and takes the gateway's.
    pub auth_code: String,
    /// What it does, in order.
    pub steps: Vec<Step>,
}

/// The whole day.
#[derive(Clone, Debug)]
pub struct Day {
    /// Every device.
    pub scripts: Vec<Script>,
    /// What the drivers did.
    pub truth: Vec<Deed>,
}

/// Lets the district live its day and its devices report it.
#[must_use]
pub fn play(demo: &Demo) -> Day {
    let diaries = live(demo);
    let mut scripts = Vec::new();
    for (member, diary) in demo.members.iter().zip(&diaries) {
        scripts.push(script(demo, member, diary, member.terminal));
        scripts.extend(member.spare.map(|spare| script(demo, member, diary, spare)));
    }
    let mut truth: Vec<Deed> = diaries.into_iter().flat_map(|diary| diary.deeds).collect();
    truth.sort_by(|a, b| (a.from, &a.subject).cmp(&(b.from, &b.subject)));
    Day { scripts, truth }
}

impl Script {
    /// The device at the beginning of the day.
    ///
    /// # Panics
    /// The code has no GBK form; ours are ASCII.
    #[must_use]
    pub fn device(&self) -> Terminal {
        let phone = Phone::from_packed(*self.terminal.as_nibbles());
        let mut device = Terminal::new(self.edition, phone);
        if !self.auth_code.is_empty() {
            device.set_code(Text::encode("auth code", &self.auth_code).expect("an ASCII code"));
        }
        device
    }

    /// Cuts the steps to those between two instants; the connection open at `from` is opened there.
    #[must_use]
    pub fn between(&self, from: Timestamp, to: Timestamp) -> Self {
        let inside = |step: &&Step| from <= step.at && step.at < to;
        let mut steps: Vec<Step> = self.steps.iter().filter(inside).cloned().collect();
        if let Some(first) = steps.first()
            && !matches!(first.act, super::faults::Act::Connect)
        {
            steps.insert(0, Step { at: from, act: super::faults::Act::Connect });
        }
        Self { steps, ..self.clone() }
    }
}

fn script(demo: &Demo, member: &Member, diary: &Diary, terminal: TerminalId) -> Script {
    let mut dice = Dice::new(demo.seed, &format!("device {terminal}"));
    let readings = readings(&member.part, diary, &mut dice);
    let spare = terminal != member.terminal;
    Script {
        terminal,
        registered: member.is_registered(),
        register: register(member, terminal),
        edition: member.part.edition,
        auth_code: if spare { String::new() } else { member.auth_code.clone() },
        steps: deliver(&readings, member.part.edition, &mut dice),
    }
}

fn register(member: &Member, terminal: TerminalId) -> Register {
    let text = |field, text: &str| Text::encode(field, text).expect("texts of ours have a GBK form");
    let digits = terminal.to_string();
    let maker = if matches!(member.part.role, Role::Stranger(_)) { "XXXXX" } else { "MKSIM" };
    Register {
        layout: member.part.edition,
        province: 41,
        city: 108,
        maker: text("maker", maker),
        model: text("model", "MS-1"),
        terminal_id: text("terminal id", &digits[digits.len() - 7..]),
        colour: PlateColour(member.plate.colour.code()),
        plate: text("plate", member.plate.number()),
    }
}

/// How long after the last step of the day its record is complete.
pub const AFTERGLOW: Span = Span::from_secs(600);

#[cfg(test)]
#[path = "script_tests.rs"]
mod tests;
