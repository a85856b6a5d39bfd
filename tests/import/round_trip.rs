//! Writing a ledger and reading it is the identity.

use super::sample;
use muckwatch::{
    model::{
        ledger::Ledger,
        time::{Timestamp, Validity},
        window::WeeklyWindow,
    },
    sim::{calendar::Day, district::Demo},
    store::import::{FileText, folder_texts, read_folder},
};
use proptest::{collection::vec, option, prelude::*};
use std::{fs, path::Path};

fn write(folder: &Path, texts: Vec<FileText>) {
    for file in texts {
        fs::write(folder.join(file.name), file.text).unwrap();
    }
}

fn there_and_back(ledger: &Ledger) -> Ledger {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), folder_texts(ledger));
    read_folder(folder.path()).unwrap_or_else(|errors| panic!("{errors}")).ledger
}

/// A name with what CSV finds hard, without blanks at its ends.
fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z惠济区\"',;，·-]([ \n]?[a-zA-Z惠济区\"',;，·-]){0,9}"
}

fn validity() -> impl Strategy<Value = Validity> {
    let second = 0_i64..4_000_000_000;
    (option::of(second), option::of(1_i64..1_000_000_000)).prop_map(|(from, length)| {
        let start = from.unwrap_or(0);
        Validity {
            from: from.map_or(Timestamp::BEGINNING, |from| Timestamp::from_millis(from * 1_000 + 7)),
            to: length.map(|length| Timestamp::from_millis((start + length) * 1_000)),
        }
    })
}

fn windows() -> impl Strategy<Value = Vec<WeeklyWindow>> {
    let window = (1_u8..=0x7f, 0_u16..1_440, 1_u16..=1_440);
    vec(window.prop_map(|(days, from_minute, to_minute)| WeeklyWindow { days, from_minute, to_minute }), 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_ledger_comes_back(
        names in vec(name(), 6), spans in vec(validity(), 6), hours in vec(windows(), 2), shift in -400_000_i32..400_000,
    ) {
        // Proves: names with commas, quotes and line breaks, any validity, any hours and any position survive the files.
        let mut ledger = sample::ledger();
        (ledger.vehicles[0].supervising_unit, ledger.companies[0].name) = (names[0].clone(), names[1].clone());
        (ledger.sites[0].name, ledger.zones[0].notice) = (names[2].clone(), names[3].clone());
        (ledger.labels[0].certificate, ledger.fittings[0].auth_code) = (names[4].clone(), names[5].clone());
        (ledger.vehicles[0].validity, ledger.fittings[0].validity) = (spans[0], spans[1]);
        (ledger.sites[0].validity, ledger.zones[0].validity) = (spans[2], spans[3]);
        (ledger.approvals[0].validity, ledger.transport_approvals[0].validity) = (spans[4], spans[5]);
        (ledger.approvals[0].windows, ledger.zones[0].hours) = (hours[0].clone(), hours[1].clone());
        ledger.approvals[0].route.0.iter_mut().for_each(|point| point.lat_e6 += shift);
        ledger.sites[0].area.0[0].outer.iter_mut().for_each(|corner| corner.lon_e6 += shift);
        prop_assert_eq!(there_and_back(&ledger), ledger);
    }
}

#[test]
fn the_simulated_district_comes_back() {
    // Proves: what the simulator writes for the demo is read without a warning about a missing thing, and equal up to order.
    for seed in [1, 7, 20_261_124] {
        let ledger = Demo::invent(seed, Day::parse("2026-11-24").unwrap()).ledger();
        let read = there_and_back(&ledger);
        assert_eq!(there_and_back(&read), read, "canonical order is kept");
        assert_eq!(read.approvals.len(), ledger.approvals.len());
        assert!(ledger.vehicles.iter().all(|row| read.vehicles.contains(row)), "seed {seed}");
        assert!(ledger.approvals.iter().all(|row| read.approvals.contains(row)), "seed {seed}");
        assert!(ledger.zones.iter().all(|row| read.zones.contains(row)), "seed {seed}");
    }
}
