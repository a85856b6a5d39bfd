//! A folder of CSV and GeoJSON into a ledger, and a ledger into such a folder. `docs/LEDGER.md` describes the files.
//!
//! Reading is three steps: files into rows (`table`, `shapes`), rows into values (`rows`, `cells`), values against each other
//! (`checks`). Each step notes what is wrong and goes on; with one error nothing is returned.

mod cells;
mod checks;
mod codes;
mod completeness;
mod draft;
mod files;
mod layers;
mod problem;
mod reason;
mod rows;
mod shapes;
mod table;
mod times;
mod windows;
mod write;

use crate::model::ledger::Ledger;
use draft::Draft;
use problem::Problems;
use std::{fs, io, path::Path};
use table::{FileSpec, Row};

pub use completeness::{Completeness, completeness};
pub use layers::MapLayers;
pub use problem::{ERRORS_MAX, ImportErrors, Place, Problem, Warning, warnings_text};
pub use reason::Reason;
pub use write::{FileText, folder_texts, template_texts};

/// What a folder holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The ledger, lists in canonical order.
    pub ledger: Ledger,
    /// Layers of the map.
    pub layers: MapLayers,
    /// What was noticed and did not stop the import.
    pub warnings: Vec<Warning>,
}

/// Reads a folder; changes nothing.
///
/// # Errors
/// Everything that is wrong with it, all at once.
pub fn read_folder(folder: &Path) -> Result<Imported, ImportErrors> {
    let mut problems = Problems::default();
    let layers = MapLayers {
        roads: read_layer(folder, files::ROADS, &mut problems),
        townships: read_layer(folder, files::TOWNSHIPS, &mut problems),
    };
    let draft = read_draft(folder, &mut problems);
    checks::check(&draft, &mut problems);
    let ledger = draft.into_ledger();
    if ledger.is_none() && !problems.has_error_in(files::DISTRICT.file) {
        let reason = Reason::NotOneDistrict { found: 0 };
        problems.error(Problem::of_file(files::DISTRICT.file, reason));
    }
    problems.into_imported(ledger, layers)
}

impl Problems {
    fn into_imported(self, ledger: Option<Ledger>, layers: MapLayers) -> Result<Imported, ImportErrors> {
        let warnings = self.into_warnings()?;
        let ledger = ledger.expect("without a district there was an error");
        Ok(Imported { ledger, layers, warnings })
    }
}

fn read_draft(folder: &Path, problems: &mut Problems) -> Draft {
    Draft {
        districts: rows::areas(features(folder, &files::DISTRICT, problems), problems, rows::district),
        vehicles: rows::values(csv_rows(folder, &files::VEHICLES, problems), problems, rows::vehicle),
        labels: rows::values(csv_rows(folder, &files::LABELS, problems), problems, rows::label),
        fittings: rows::values(csv_rows(folder, &files::TERMINALS, problems), problems, rows::fitting),
        companies: rows::values(csv_rows(folder, &files::COMPANIES, problems), problems, rows::company),
        transport_approvals: rows::values(
            csv_rows(folder, &files::TRANSPORT_APPROVALS, problems),
            problems,
            rows::transport_approval,
        ),
        sites: rows::areas(features(folder, &files::SITES, problems), problems, rows::site),
        places: rows::areas(features(folder, &files::PLACES, problems), problems, rows::place),
        zones: rows::areas(features(folder, &files::ZONES, problems), problems, rows::zone),
        routes: rows::routes(features(folder, &files::ROUTES, problems), problems),
        approvals: rows::values(csv_rows(folder, &files::APPROVALS, problems), problems, rows::approval),
    }
}

fn csv_rows(folder: &Path, spec: &'static FileSpec, problems: &mut Problems) -> Vec<Row> {
    read_text(folder, spec.file, problems).map_or_else(Vec::new, |text| table::read_csv(spec, &text, problems))
}

fn features(folder: &Path, spec: &'static FileSpec, problems: &mut Problems) -> Vec<shapes::Feature> {
    read_text(folder, spec.file, problems).map_or_else(Vec::new, |text| shapes::read_features(spec, &text, problems))
}

/// A layer may be absent.
fn read_layer(folder: &Path, file: &'static str, problems: &mut Problems) -> Option<String> {
    if !folder.join(file).exists() {
        return None;
    }
    let text = read_text(folder, file, problems)?;
    layers::read(file, &text, problems)
}

/// A file as text, without its byte order mark.
fn read_text(folder: &Path, file: &'static str, problems: &mut Problems) -> Option<String> {
    let reason = match fs::read(folder.join(file)) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => return Some(text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned)),
            Err(error) => Reason::NotUtf8 { offset: error.utf8_error().valid_up_to() },
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Reason::FileMissing,
        Err(error) => Reason::Unreadable { cause: error.to_string() },
    };
    problems.error(Problem::of_file(file, reason));
    None
}
