//! A folder with everything that is allowed: Chinese headings, a byte order mark, several writings of days, three datums.

use super::{fixture, sample::at};
use muckwatch::{
    model::{
        approval::Binds,
        ids::Revision,
        plate::{Plate, PlateColour},
        site::SiteKind,
        terminal::{FittingRole, LoadSensor, ReportedDatum},
        time::{Timestamp, Validity},
        vehicle::EmissionLabel,
        window::WeeklyWindow,
    },
    store::{
        import::{Completeness, MapLayers, Place, Reason, completeness, read_folder, template_texts},
        ledger::{LedgerStore as _, WhichRevision},
        map::MapStore as _,
    },
};

#[test]
fn every_allowed_writing_is_read() {
    // Proves: headings in both languages, plates and days as typed, defaults for empty cells.
    let ledger = read_folder(&fixture("good")).unwrap().ledger;
    let [first, second, renewed, van] = ledger.vehicles.as_slice() else { panic!("{:?}", ledger.vehicles) };
    assert_eq!(first.plate, Plate::new("豫AD1234", PlateColour::Yellow));
    assert_eq!(first.validity, Validity { from: at("2026-01-01T00:00:00+08:00"), to: None });
    assert_eq!(second.plate, Plate::new("豫AD1235", PlateColour::Yellow));
    assert_eq!(second.validity.to, Some(at("2026-07-01T00:00:00+08:00")), "a last day is meant whole");
    assert_eq!((renewed.id.as_str(), renewed.plate.colour), ("V-002", PlateColour::YellowGreen));
    assert_eq!((van.company.clone(), van.validity), (None, Validity::ALWAYS));
    let labels: Vec<_> = ledger.labels.iter().map(|row| (row.label, row.from)).collect();
    assert_eq!(labels[1], (EmissionLabel::Retrofitted, at("2026-11-01T08:00:00+08:00")));
    let device = &ledger.fittings[0];
    assert_eq!((device.terminal.to_string().as_str(), device.load_sensor), ("13900000001", LoadSensor::Fitted));
    let spare: Vec<_> = ledger.fittings.iter().filter(|row| row.role == FittingRole::Spare).collect();
    assert_eq!((spare.len(), spare[0].datum), (1, ReportedDatum::Wgs84));
}

#[test]
fn approvals_find_their_route_and_hours() {
    // Proves: the named route becomes the approval's line, Chinese hours become windows, no route stays no route.
    let ledger = read_folder(&fixture("good")).unwrap().ledger;
    let [own, foreign] = ledger.approvals.as_slice() else { panic!("{:?}", ledger.approvals) };
    assert_eq!((own.route.0.len(), own.binds), (3, Binds::LoadedLegs));
    let night = |days, from: u16, to: u16| WeeklyWindow { days, from_minute: from * 60, to_minute: to * 60 };
    assert_eq!(own.windows, [night(0x1f, 22, 5), night(0x20, 20, 6)]);
    assert_eq!((foreign.route.0.len(), foreign.windows.len(), foreign.binds), (0, 0, Binds::AllDriving));
}

#[test]
fn a_collection_in_gcj02_lands_where_it_is() {
    // Proves: half a kilometre of datum shift is taken out, of judged areas and of map layers alike.
    let imported = read_folder(&fixture("good")).unwrap();
    let site = &imported.ledger.sites[0];
    let corner = site.area.0[0].outer[0];
    let (east, north) = (113_606_000 - corner.lon_e6, 34_850_000 - corner.lat_e6);
    assert!((5_000..7_000).contains(&east) && (0..2_500).contains(&north.abs()), "shift {east} {north}");
    assert_eq!((site.kind, imported.ledger.sites[1].area.0.len()), (SiteKind::Construction, 2));
    let roads: serde_json::Value = serde_json::from_str(&imported.layers.roads.unwrap()).unwrap();
    let start = &roads["features"][0]["geometry"]["coordinates"][0];
    assert_eq!((start[0].as_f64(), start[1].as_f64()), (Some(corner.lon()), Some(corner.lat())));
    assert_eq!(roads["datum"], "wgs84");
}

#[test]
fn what_is_allowed_but_lacking_is_a_warning() {
    // Proves: an approval without a route is taken and told, an extra column is told, nothing else is.
    let imported = read_folder(&fixture("good")).unwrap();
    let told: Vec<_> =
        imported.warnings.iter().map(|told| (told.0.file, told.0.place, told.0.reason.clone())).collect();
    let expected =
        [("vehicles.csv", Place::Line(1), Reason::ColumnIgnored), ("approvals.csv", Place::Line(3), Reason::NoRoute)];
    assert_eq!(told, expected);
    let now = at("2026-11-24T00:00:00+08:00");
    assert_eq!(completeness(&imported.ledger, now), Completeness { muck_trucks: 2, complete: 2 });
}

#[tokio::test]
async fn a_folder_goes_into_the_store_and_comes_back() {
    // Proves: reading, storing, loading agree, and the map layers are those of the folder; what an older version left
    // beside the store is found.
    let folder = tempfile::tempdir().unwrap();
    let imported = read_folder(&fixture("good")).unwrap();
    let store = muckwatch::store::open(&folder.path().join("store.db")).await.unwrap();
    store.import(&imported.ledger, "导入员", Timestamp::from_millis(0)).await.unwrap();
    let loaded = store.load(WhichRevision::Latest).await.unwrap().unwrap();
    assert_eq!((loaded.entry.revision, loaded.ledger), (Revision(1), imported.ledger));
    store.put_layers(&imported.layers).await.unwrap();
    assert_eq!(store.layers().await.unwrap(), imported.layers);
    std::fs::create_dir(folder.path().join("map")).unwrap();
    std::fs::write(folder.path().join("map/roads.geojson"), "路").unwrap();
    let left = MapLayers::left_in(folder.path()).unwrap();
    assert_eq!(left, MapLayers { roads: Some("路".to_owned()), townships: None });
    assert!(left.beyond(&imported.layers).is_empty());
}

#[test]
fn an_empty_template_only_lacks_its_district() {
    // Proves: the headings a person is given are read without a word; only the outline has to be drawn.
    let folder = tempfile::tempdir().unwrap();
    for file in template_texts() {
        std::fs::write(folder.path().join(file.name), file.text).unwrap();
    }
    let refused = read_folder(folder.path()).unwrap_err();
    let told: Vec<_> = refused.errors.iter().map(|error| (error.file, error.reason.clone())).collect();
    assert_eq!(told, [("district.geojson", Reason::NotOneDistrict { found: 0 })]);
    assert_eq!(refused.warnings, []);
}
