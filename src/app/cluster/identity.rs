//! One number, one journal. A gateway's number is half of every seq it gives: a second record under the same number would give
//! two inputs one place, and the second would pass for a duplicate. So the record's folder has a name of its own, and the house
//! keeps which folder has which number.

use super::super::AppError;
use crate::{
    model::ids::{GatewayNumber, Seq},
    record::{RecordError, journal::Journal, recorded::Recorded},
    store::settings::SettingsStore,
};
use std::{
    fs,
    io::{self, Read as _},
    path::Path,
};

/// The file of the record's name, in the data folder.
const NAME: &str = "gateway.identity";

/// Refuses a single machine's folder, a number that another record has, and a record that ends before what was copied of it.
pub(super) async fn check(
    settings: &dyn SettingsStore,
    copied: &dyn Recorded,
    (gateway, folder, journal): (GatewayNumber, &Path, &Journal),
) -> Result<(), AppError> {
    if folder.join("muckwatch.sqlite").exists() {
        return Err(AppError::House(format!(
            "{} is the data folder of a single machine; recorded again under a gateway's number its inputs would be there twice. \
             Give this gateway a data folder of its own (`muckwatch migrate-to postgres` moves the old one)",
            folder.display()
        )));
    }
    let own = own_name(folder)?;
    let holder = settings.found(&format!("gateway/{gateway}"), &own).await?;
    if holder != own {
        return Err(AppError::GatewayNumber { gateway: gateway.0, folder: folder.to_path_buf() });
    }
    let head = copied.heads().await?.into_iter().find(|(number, _)| *number == gateway).map_or(0, |(_, head)| head);
    let durable = *journal.durable().borrow();
    if Seq(head) <= durable {
        return Ok(());
    }
    let what = format!(
        "gateway {gateway}: inputs up to {head} were copied to PostgreSQL, the record here ends with {}: restore the record, \
         or give this gateway an unused number (cluster.gateway) and an empty data folder; nothing acknowledged is lost",
        durable.0
    );
    Err(RecordError::Corrupt { what }.into())
}

/// The name of a data folder's record, drawn when it has none.
pub(super) fn own_name(folder: &Path) -> Result<String, AppError> {
    name(folder).map_err(|source| AppError::Secret { folder: folder.to_path_buf(), source })
}

/// The name of this folder's record: 16 random bytes as hex, drawn at the first start.
fn name(folder: &Path) -> io::Result<String> {
    let path = folder.join(NAME);
    match fs::read_to_string(&path) {
        Ok(text) => return Ok(text.trim().to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut bytes = [0; 16];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let fresh = path.with_extension("new");
    fs::write(&fresh, &text)?;
    fs::File::open(&fresh)?.sync_all()?;
    fs::rename(&fresh, &path)?;
    fs::File::open(folder)?.sync_all()?;
    Ok(text)
}
