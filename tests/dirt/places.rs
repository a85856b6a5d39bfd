//! Zones that nobody drove through stay silent; sites on which vehicles stood for long are found.

use crate::{
    core, ledger, outliers,
    outliers::{Why, ZONE_M},
    per_thousand,
    stays::{self, RealStay},
    traces::Trace,
    vehicle_days,
    wire::{self, Delivery},
};
use muckwatch::{
    engine::canonical::Canonical,
    geo::plane::distance,
    model::{
        ids::SiteId,
        ledger::Ledger,
        place::{Line, Wgs84},
    },
    rules::{
        RuleId,
        observation::{Object, Subject},
    },
};

/// Files in which something stands or jumps.
const FILES: [&str; 2] = ["cabspotting_sf", "capmetro_austin_bus"];
/// Radius of a registered site.
const SITE_M: f64 = 150.0;
/// A stay so near a site's middle needs no site of its own.
const SAME_M: f64 = 60.0;

#[test]
fn zones_that_only_outliers_and_chords_touch_stay_silent_and_long_stays_are_found() {
    // Proves: no yellow-label finding in zones touched only by lone outliers or chords of silences; every stay of half an hour
    // on a registered site that is not the truck's is found as a loading there (of real stays at least 95 %). And the bus file's
    // own order, which jumps by hours, gives the same verdict.
    for name in FILES {
        let Some(trace) = Trace::read(name) else { return };
        let (innocent, stood) = (outliers::innocent_places(&trace), stays::real_stays(&trace));
        let middles = site_middles(&stood);
        let ledger = || with_places(&trace, &innocent, &middles);
        let judged = |delivery| core::verdict(ledger(), None, &wire::arrivals(&trace, delivery));
        let verdict = judged(Delivery::Plausible);
        silent(&trace, &innocent, &verdict);
        found(&trace, &stood, &middles, &verdict);
        if name == "capmetro_austin_bus" {
            assert_eq!(verdict, judged(Delivery::AsFiled), "the file's order, hours forwards and backwards");
        }
    }
}

/// The file's district with its innocent zones, its sites, and approvals for a site elsewhere.
pub(crate) fn with_places(trace: &Trace, innocent: &[(Wgs84, Why)], middles: &[Wgs84]) -> Ledger {
    let bare = ledger::bare(trace);
    let vehicles = 0..trace.vehicles.len();
    let elsewhere = middles.len();
    let far_away = bare.district.outline.0[0].outer[0];
    let sites =
        middles.iter().chain([&far_away]).enumerate().map(|(number, middle)| ledger::site(number, *middle, SITE_M));
    let sites: Vec<_> = sites.collect();
    let load_site = &sites[elsewhere].id;
    Ledger {
        zones: innocent.iter().enumerate().map(|(number, place)| ledger::zone(number, place.0, ZONE_M)).collect(),
        approvals: vehicles
            .map(|vehicle| ledger::approval(vehicle, Some(load_site.clone()), Line::default()))
            .collect(),
        sites,
        ..bare
    }
}

fn silent(trace: &Trace, innocent: &[(Wgs84, Why)], found: &[Canonical]) {
    let alarms: Vec<&Canonical> = found.iter().filter(|found| found.rule == RuleId::YellowZone).collect();
    for alarm in &alarms {
        say!("false alarm: {alarm:?}");
    }
    let lone = innocent.iter().filter(|place| place.1 == Why::LoneOutlier).count();
    let days = vehicle_days(trace);
    say!(
        "{}: {} zones on lone outliers, {} on chords: {} false alarms in {days} vehicle-days, {:.1} per 1,000",
        trace.name,
        lone,
        innocent.len() - lone,
        alarms.len(),
        per_thousand(alarms.len(), days),
    );
    assert!(innocent.len() > 100, "{}: too few innocent zones to mean anything", trace.name);
    assert!(alarms.is_empty(), "{}: {} false alarms", trace.name, alarms.len());
}

fn found(trace: &Trace, stood: &[RealStay], middles: &[Wgs84], found: &[Canonical]) {
    let missed: Vec<&RealStay> =
        stood.iter().filter(|stay| !found.iter().any(|found| tells(found, stay, middles))).collect();
    for stay in &missed {
        say!("missed: {} from {} to {} at {:?}", trace.vehicles[stay.vehicle], stay.from, stay.to, stay.place);
    }
    say!("{}: {} of {} stays of 30 min and more found", trace.name, stood.len() - missed.len(), stood.len());
    assert!(stood.len() >= 20, "{}: too few stays to mean anything", trace.name);
    assert!(missed.len() * 20 <= stood.len(), "{}: {} stays missed", trace.name, missed.len());
}

/// Whether a finding is a loading of that vehicle at that time at a site round that place.
fn tells(found: &Canonical, stay: &RealStay, middles: &[Wgs84]) -> bool {
    let Object::Site(site) = &found.object else { return false };
    let middle = middles.iter().enumerate().find(|(number, _)| *site == site_id(*number)).map(|(_, middle)| *middle);
    found.rule == RuleId::UnapprovedLoading
        && found.subject == Subject::Vehicle(ledger::vehicle_id(stay.vehicle))
        && found.start <= stay.to
        && found.end.is_none_or(|end| end >= stay.from)
        && middle.is_some_and(|middle| distance(middle, stay.place).0 <= SITE_M)
}

fn site_id(number: usize) -> SiteId {
    SiteId::new(&format!("S{number:04}"))
}

/// Middles of sites that hold all the stays.
pub(crate) fn site_middles(stood: &[RealStay]) -> Vec<Wgs84> {
    let mut middles: Vec<Wgs84> = Vec::new();
    for stay in stood {
        if middles.iter().all(|middle| distance(*middle, stay.place).0 > SAME_M) {
            middles.push(stay.place);
        }
    }
    middles
}
