//! The real traces of `../shared/traces`, read in place and in their own order.

use flate2::read::GzDecoder;
use muckwatch::model::{place::Wgs84, time::Timestamp};
use std::{collections::BTreeMap, fs::File, path::PathBuf};

/// One file.
pub(crate) struct Trace {
    /// Its short name.
    pub(crate) name: &'static str,
    /// The vehicles' names, by number.
    pub(crate) vehicles: Vec<String>,
    /// Its lines, in the file's order.
    pub(crate) rows: Vec<Row>,
}

/// One line.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Which vehicle.
    pub(crate) vehicle: usize,
    /// When.
    pub(crate) time: When,
    /// Where.
    pub(crate) place: Wgs84,
    /// Speed as the source has it, km/h.
    pub(crate) speed_kmh: Option<f64>,
    /// Satellites, where the source counts them.
    pub(crate) satellites: Option<u8>,
    /// Where it truly was, where the source knows.
    pub(crate) truth: Option<Wgs84>,
    /// Route and headsign, where there are any.
    pub(crate) line: Option<(String, String)>,
}

/// A time as the source has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum When {
    /// An instant.
    At(Timestamp),
    /// No such date: the digits `YYMMDDhhmmss`, two a byte.
    Broken([u8; 6]),
}

impl Row {
    /// The instant, if there is one.
    pub(crate) fn at(&self) -> Option<Timestamp> {
        match self.time {
            When::At(at) => Some(at),
            When::Broken(_) => None,
        }
    }
}

impl Trace {
    /// Reads a file; `None` (said aloud) where the folder is absent, a failure in CI.
    pub(crate) fn read(name: &'static str) -> Option<Self> {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../shared/traces/{name}.csv.gz"));
        let Ok(file) = File::open(&path) else {
            assert!(std::env::var_os("CI").is_none(), "{} is missing in CI", path.display());
            say!("skipped: {} is absent", path.display());
            return None;
        };
        let mut lines = csv::Reader::from_reader(GzDecoder::new(file));
        let columns: BTreeMap<String, usize> = lines
            .headers()
            .expect("a head line")
            .iter()
            .enumerate()
            .map(|(place, name)| (name.to_owned(), place))
            .collect();
        let (mut numbers, mut vehicles) = (BTreeMap::new(), Vec::new());
        let mut rows = Vec::new();
        for line in lines.records() {
            let line = line.expect("a line of CSV");
            let field =
                |name: &str| columns.get(name).and_then(|place| line.get(*place)).filter(|text| !text.is_empty());
            let vehicle = field("vehicle").expect("a vehicle");
            let number = *numbers.entry(vehicle.to_owned()).or_insert_with(|| {
                vehicles.push(vehicle.to_owned());
                vehicles.len() - 1
            });
            rows.push(row(number, &field));
        }
        Some(Self { name, vehicles, rows })
    }

    /// The rows of one vehicle with an instant, by time; equal times in the file's order.
    pub(crate) fn by_time(&self, vehicle: usize) -> Vec<&Row> {
        let mut rows: Vec<&Row> = self.rows.iter().filter(|row| row.vehicle == vehicle && row.at().is_some()).collect();
        rows.sort_by_key(|row| row.time);
        rows
    }
}

fn row<'a>(vehicle: usize, field: &dyn Fn(&str) -> Option<&'a str>) -> Row {
    let number = |name: &str| field(name).map(|text| text.parse::<f64>().expect("a number"));
    let degrees = |name: &str| number(name).expect("a coordinate");
    Row {
        vehicle,
        time: when(field("time_utc").expect("a time")),
        place: Wgs84::from_degrees(degrees("lat"), degrees("lon")).expect("on the globe"),
        speed_kmh: number("speed_kmh"),
        satellites: field("satellites").map(|text| text.parse().expect("a small number")),
        truth: number("true_lat").zip(number("true_lon")).and_then(|(lat, lon)| Wgs84::from_degrees(lat, lon)),
        line: field("route").zip(field("headsign")).map(|(route, sign)| (route.to_owned(), sign.to_owned())),
    }
}

fn when(text: &str) -> When {
    if let Ok(at) = Timestamp::parse(text) {
        return When::At(at);
    }
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
    let mut bcd = [0; 6];
    for (byte, pair) in bcd.iter_mut().zip(digits[2..].chunks(2)) {
        *byte = pair[0] << 4 | pair[1];
    }
    When::Broken(bcd)
}
