//! Who drives in the synthetic district, and what each of them does on the simulated day. This table is data.

use jt808::header::Edition;

/// One vehicle of the day.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// What it does.
    pub role: Role,
    /// Which approved haul it works on (index into the town's hauls).
    pub haul: usize,
    /// Which company it hauls for (index into the companies).
    pub company: usize,
    /// Edition its device speaks.
    pub edition: Edition,
    /// Whether its device reports load.
    pub sensor: bool,
    /// When it works.
    pub shift: Shift,
    /// Whether it has a second device that is not judged.
    pub spare: bool,
    /// Which coordinates its device sends.
    pub datum: Datum,
}

/// Coordinates a device sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Datum {
    /// WGS-84.
    Plain,
    /// GCJ-02, and says so in status bit 5.
    Flagged,
    /// GCJ-02 without a word; the ledger's profile knows.
    Silent,
}

/// Hours of work, the same as the approval's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shift {
    /// 22:00 to 05:00.
    Night,
    /// 09:00 to 17:00.
    Day,
}

/// What a driver does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Keeps to everything, with something that looks odd.
    Honest(Quirk),
    /// Hauls without a valid approval.
    Unapproved(Lack),
    /// Has no approval and drives empty: innocent.
    Repositions,
    /// Has approvals, but its company has none; the company table says which.
    BlackCompany,
    /// Loads at a registered site that is not on its approval (3a).
    LoadsElsewhere,
    /// Loads at its site outside its hours and hauls at once (3b, and outside its window).
    LoadsEarly,
    /// Begins to load a few minutes before its hours: ambiguous.
    LoadsALittleEarly,
    /// Loads at no registered place (3c).
    LoadsAtPit,
    /// Leaves the route loaded.
    LeavesRoute,
    /// Leaves the route empty, bound for all driving.
    LeavesRouteEmpty,
    /// Leaves the route for about as long as the limits allow: ambiguous.
    LeavesRouteBriefly,
    /// Hauls on long after its window has closed.
    Overruns,
    /// Finishes just past the tolerance: ambiguous.
    OverrunsBriefly,
    /// A yellow-label vehicle.
    Yellow(Errand),
    /// A device that no ledger knows.
    Stranger(Habit),
}

/// Something odd and innocent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quirk {
    /// Nothing odd.
    Plain,
    /// Fuels with a full load.
    FuelStop,
    /// Stands in a queue in front of another site's gate.
    Queue,
    /// Goes round an obstacle, far but briefly.
    SmallDetour,
    /// Takes the service road beside the route.
    ServiceRoad,
    /// Finishes within the tolerance after the window closed.
    LateFinish,
    /// Has a spell without reception on the route, never filled.
    LostSpell,
    /// Is bound for all driving, and keeps to it.
    AllDriving,
    /// Hauls on the approval of a neighbour that is recognised here.
    Neighbour,
    /// Has approvals for two hauls with different disposal sites, and does both.
    TwoHauls,
}

/// What an unapproved truck has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// No approval at all.
    Nothing,
    /// One that has run out.
    Expired,
    /// One of a district that is not recognised here.
    OtherDistrict,
}

/// What a yellow-label vehicle does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Drives through the closed zone, setting out at this minute of the day.
    ThroughZone(u16),
    /// Drives through before six.
    BeforeSix,
    /// Drives around the zone on its ring road.
    Around,
    /// Stands inside all day.
    ParkedInside,
    /// Was retrofitted, drives through.
    Retrofitted,
    /// Drives through the zone that is closed to muck trucks only.
    OtherZone,
    /// Goes in a little way and turns back: ambiguous.
    CutsCorner,
}

/// What a stranger does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// Hauls.
    Hauls,
    /// Hauls, and its device claims the plate of a vehicle that is in the ledger.
    BorrowsPlate,
    /// Stands all day.
    Stands,
    /// Moves about a yard.
    Shuffles,
}

const OLD: Edition = Edition::V2011;
const MID: Edition = Edition::V2013;
const NEW: Edition = Edition::V2019;

/// Companies by index: 0-2 approved here, 3 by a recognised neighbour, 4 not at all, 5 no longer.
pub const COMPANIES: usize = 6;

/// The whole cast.
#[must_use]
pub fn cast() -> Vec<Part> {
    [honest(), odd(), black(), misloading(), straying(), yellow(), strangers()].concat()
}

fn honest() -> Vec<Part> {
    use Shift::{Day, Night};
    let plain = |haul, company, edition, shift| part(Role::Honest(Quirk::Plain), haul, company, edition, shift);
    vec![
        Part { spare: true, ..plain(0, 0, NEW, Night) },
        Part { datum: Datum::Flagged, ..plain(1, 1, MID, Night) },
        plain(2, 2, NEW, Day),
        plain(0, 3, OLD, Night),
        plain(1, 0, OLD, Day),
        Part { sensor: false, ..plain(2, 1, MID, Night) },
        Part { role: Role::Honest(Quirk::Neighbour), ..plain(0, 2, NEW, Day) },
        Part { role: Role::Honest(Quirk::Neighbour), ..plain(2, 3, OLD, Night) },
        Part { role: Role::Honest(Quirk::AllDriving), ..plain(1, 0, NEW, Night) },
    ]
}

fn odd() -> Vec<Part> {
    use Quirk::{FuelStop, LateFinish, LostSpell, Queue, ServiceRoad, SmallDetour, TwoHauls};
    use Shift::{Day, Night};
    let odd = |quirk, haul, company, edition, shift| part(Role::Honest(quirk), haul, company, edition, shift);
    vec![
        odd(FuelStop, 0, 1, MID, Day),
        odd(FuelStop, 1, 2, OLD, Night),
        odd(Queue, 1, 0, NEW, Night),
        odd(Queue, 0, 1, OLD, Day),
        odd(SmallDetour, 2, 2, MID, Night),
        odd(ServiceRoad, 0, 0, NEW, Day),
        odd(ServiceRoad, 1, 1, MID, Night),
        odd(LateFinish, 1, 2, NEW, Night),
        odd(LateFinish, 2, 0, MID, Day),
        odd(LostSpell, 2, 1, MID, Day),
        odd(TwoHauls, 0, 0, MID, Day),
        part(Role::Repositions, 1, 0, MID, Day),
    ]
}

fn black() -> Vec<Part> {
    use Lack::{Expired, Nothing, OtherDistrict};
    use Shift::{Day, Night};
    let lacks = |lack, haul, edition, shift| part(Role::Unapproved(lack), haul, 0, edition, shift);
    let company = |haul, company, edition, shift| part(Role::BlackCompany, haul, company, edition, shift);
    vec![
        lacks(Nothing, 0, NEW, Night),
        lacks(Nothing, 1, OLD, Day),
        lacks(Expired, 1, MID, Night),
        lacks(Expired, 2, NEW, Day),
        lacks(OtherDistrict, 2, MID, Night),
        lacks(OtherDistrict, 0, OLD, Day),
        company(0, 4, NEW, Night),
        company(1, 4, OLD, Day),
        company(2, 5, MID, Day),
    ]
}

fn misloading() -> Vec<Part> {
    use Role::{LoadsALittleEarly, LoadsAtPit, LoadsEarly, LoadsElsewhere};
    use Shift::{Day, Night};
    vec![
        part(LoadsElsewhere, 0, 0, NEW, Night),
        part(LoadsElsewhere, 1, 1, MID, Day),
        part(LoadsElsewhere, 2, 2, OLD, Night),
        part(LoadsEarly, 1, 0, NEW, Night),
        part(LoadsEarly, 0, 1, MID, Day),
        part(LoadsEarly, 2, 2, OLD, Night),
        part(LoadsALittleEarly, 0, 0, NEW, Day),
        part(LoadsAtPit, 0, 1, NEW, Night),
        part(LoadsAtPit, 2, 2, MID, Day),
    ]
}

fn straying() -> Vec<Part> {
    use Role::{LeavesRoute, LeavesRouteBriefly, LeavesRouteEmpty, Overruns, OverrunsBriefly};
    use Shift::{Day, Night};
    vec![
        Part { spare: true, ..part(LeavesRoute, 0, 0, NEW, Night) },
        Part { datum: Datum::Silent, ..part(LeavesRoute, 1, 1, MID, Night) },
        part(LeavesRoute, 2, 2, NEW, Day),
        part(LeavesRoute, 1, 0, OLD, Day),
        part(LeavesRouteEmpty, 0, 1, NEW, Night),
        part(LeavesRouteBriefly, 2, 2, MID, Day),
        part(Overruns, 1, 0, NEW, Night),
        part(Overruns, 2, 1, MID, Day),
        part(Overruns, 0, 2, OLD, Night),
        part(OverrunsBriefly, 0, 0, NEW, Day),
    ]
}

fn yellow() -> Vec<Part> {
    use Errand::{Around, BeforeSix, CutsCorner, OtherZone, ParkedInside, Retrofitted, ThroughZone};
    let errand = |errand, edition| Part { sensor: false, ..part(Role::Yellow(errand), 0, 0, edition, Shift::Day) };
    vec![
        Part { datum: Datum::Flagged, ..errand(ThroughZone(7 * 60 + 20), NEW) },
        errand(ThroughZone(11 * 60 + 5), OLD),
        errand(ThroughZone(15 * 60 + 40), MID),
        errand(ThroughZone(21 * 60 + 10), NEW),
        errand(BeforeSix, MID),
        errand(Around, NEW),
        Part { datum: Datum::Silent, ..errand(Around, OLD) },
        errand(ParkedInside, MID),
        errand(Retrofitted, NEW),
        errand(OtherZone, OLD),
        errand(CutsCorner, NEW),
    ]
}

fn strangers() -> Vec<Part> {
    use Habit::{BorrowsPlate, Hauls, Shuffles, Stands};
    use Shift::{Day, Night};
    let stranger = |habit, haul, edition, shift| part(Role::Stranger(habit), haul, 0, edition, shift);
    vec![
        stranger(Hauls, 0, NEW, Night),
        stranger(Hauls, 1, OLD, Day),
        stranger(Hauls, 2, MID, Night),
        stranger(BorrowsPlate, 2, NEW, Day),
        stranger(Stands, 0, MID, Day),
        stranger(Shuffles, 1, OLD, Day),
    ]
}

/// 2011 devices have no load bits.
fn part(role: Role, haul: usize, company: usize, edition: Edition, shift: Shift) -> Part {
    Part { role, haul, company, edition, sensor: edition != OLD, shift, spare: false, datum: Datum::Plain }
}
