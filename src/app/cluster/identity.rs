//! One number, one journal. A gateway's number is half of every seq it gives: a second record under the same number would give
//! two inputs one place, and the second would pass for a duplicate. So the record's folder has a name of its own, and the house
//! keeps which folder has which number.

use super::super::AppError;
use crate::{
    chance,
    model::ids::{GatewayNumber, Seq},
    record::{RecordError, journal::Journal, recorded::Recorded},
    store::settings::SettingsStore,
};
use std::{fs, io, path::Path};

/// The file of the record's name, in the data folder.
const NAME: &str = "gateway.identity";
/// Random bytes of it.
const NAME_BYTES: usize = 16;

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

/// The name of this folder's record: random bytes as hex, drawn at the first start.
fn name(folder: &Path) -> io::Result<String> {
    let path = folder.join(NAME);
    match fs::read_to_string(&path) {
        Ok(text) => return Ok(text.trim().to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let text = chance::name::<NAME_BYTES>()?;
    let fresh = path.with_extension("new");
    fs::write(&fresh, &text)?;
    fs::File::open(&fresh)?.sync_all()?;
    fs::rename(&fresh, &path)?;
    fs::File::open(folder)?.sync_all()?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{input::Event, shard::Shards, time::Timestamp},
        record::{NewInput, config::RecordConfig},
        store::{
            SqlStore,
            config::StoreConfig,
            frames::{config::CopyConfig, link::Servers, read::PgRecord},
            open,
        },
    };
    use tempfile::TempDir;

    const GATEWAY: GatewayNumber = GatewayNumber::ALONE;

    /// A data folder with its record.
    struct Data(TempDir, Journal);

    impl Data {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let journal = Journal::open(&folder.path().join("record"), RecordConfig::default()).expect("a record");
            Self(folder, journal)
        }

        async fn record(&self, inputs: usize) {
            let tick = NewInput { received: Timestamp::from_millis(0), event: Event::Tick };
            let receipt = self.1.append(vec![tick; inputs]).await.expect("recorded");
            assert!(receipt.last() >= receipt.first());
        }

        async fn check(&self, house: &SqlStore, copied: &Journal) -> Result<(), AppError> {
            check(house, copied, (GATEWAY, self.0.path(), &self.1)).await
        }
    }

    async fn house(data: &Data) -> SqlStore {
        open(&data.0.path().join("house.sqlite")).await.expect("a store")
    }

    #[tokio::test]
    async fn a_number_belongs_to_one_record() {
        // Proves: a record may come again under its number, another's folder under it is refused, and a copy of the folder is not
        // another's; a number of its own is taken.
        let (ours, other, nothing) = (Data::new(), Data::new(), Data::new());
        let house = house(&nothing).await;
        for _ in 0..2 {
            ours.check(&house, &nothing.1).await.expect("its own number");
        }
        let refused = other.check(&house, &nothing.1).await;
        assert!(matches!(refused, Err(AppError::GatewayNumber { gateway: 0, .. })), "{refused:?}");
        fs::copy(ours.0.path().join(NAME), other.0.path().join(NAME)).expect("copied");
        other.check(&house, &nothing.1).await.expect("the same record");
        let apart = (GatewayNumber(2), nothing.0.path(), &nothing.1);
        check(&house, &nothing.1, apart).await.expect("a number of its own");
    }

    #[tokio::test]
    async fn a_record_that_ends_before_its_copy_is_refused() {
        // Proves: numbers that were copied are not given again; a record that reaches as far as its copy, or further, is taken.
        let (ours, copied) = (Data::new(), Data::new());
        let house = house(&copied).await;
        copied.record(5).await;
        ours.record(4).await;
        let refused = ours.check(&house, &copied.1).await.expect_err("one was copied that is not here").to_string();
        assert!(refused.contains("up to 5") && refused.contains("ends with 4"), "{refused}");
        ours.record(1).await;
        ours.check(&house, &copied.1).await.expect("as far");
        ours.record(1).await;
        ours.check(&house, &copied.1).await.expect("further");
    }

    #[tokio::test]
    async fn a_copy_that_does_not_answer_passes() {
        // Proves: while nobody says how far the copy is the start is tried again, as with any part of the store that is away; a record
        // that ends before its copy is not tried again.
        let (ours, ahead) = (Data::new(), Data::new());
        let house = house(&ahead).await;
        let postgres = vec!["postgres://nobody@127.0.0.1:1/none".to_owned()];
        let store = StoreConfig { postgres, ..StoreConfig::default() };
        let limits = CopyConfig { connect_ms: 50, ..CopyConfig::default() };
        let servers = Servers::new(&store, &limits).expect("an address");
        let away = PgRecord::new(&servers, &limits, Shards::ONE);
        let refused = check(&house, &away, (GATEWAY, ours.0.path(), &ours.1)).await.expect_err("nobody answers");
        assert!(refused.may_pass(), "{refused}");
        ahead.record(1).await;
        assert!(!ours.check(&house, &ahead.1).await.expect_err("one is not here").may_pass());
    }

    #[tokio::test]
    async fn a_single_machines_folder_is_refused() {
        // Proves: nothing of a single machine's record is recorded again under a gateway's number, and no number is taken for it.
        let (alone, nothing) = (Data::new(), Data::new());
        let house = house(&nothing).await;
        fs::write(alone.0.path().join("muckwatch.sqlite"), "").expect("written");
        let refused = alone.check(&house, &nothing.1).await.expect_err("a single machine's").to_string();
        assert!(refused.contains("migrate-to postgres"), "{refused}");
        assert!(!alone.0.path().join(NAME).exists());
        assert_eq!(house.setting(&format!("gateway/{GATEWAY}")).await, Ok(None));
    }
}
