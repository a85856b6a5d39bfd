//! Opening a PostgreSQL store: find the primary, refuse a database that orders or encodes texts in a way of its own, bring the
//! schema up to date.

use super::{
    Engine, SqlStore,
    db::Db,
    error::from_driver,
    migrate::{migrate, verify},
    primary::Primary,
};
use crate::store::{
    config::StoreConfig,
    error::{OpenError, StoreError},
};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use std::sync::Arc;

/// Opens the store of a house on PostgreSQL: waits for a primary among the machines, brings its schema up to date, and follows
/// the primary from then on. Must be called within a tokio runtime.
///
/// # Errors
/// An address cannot be read, no machine is a primary within `open_s`, the schema is newer than this program, or the database
/// is not fit (its texts are not ordered byte by byte, or it is not UTF-8).
pub async fn open_postgres(config: &StoreConfig) -> Result<SqlStore, OpenError> {
    let primary = Primary::find(config).await?;
    let db = primary.db().map_err(failed)?;
    let manners = manners(&db).await.map_err(failed)?;
    manners.refuse()?;
    migrate(&db, failed).await?;
    Ok(SqlStore { engine: Engine::Postgres(Arc::new(primary)) })
}

/// The same to read it, as it is: nothing is brought up to date. It is for commands that show something; what writes opens it by
/// [`open_postgres`].
///
/// # Errors
/// As [`open_postgres`], and an older schema.
pub async fn inspect_postgres(config: &StoreConfig) -> Result<SqlStore, OpenError> {
    let primary = Primary::find(config).await?;
    verify(&primary.db().map_err(failed)?, "the database", failed).await?;
    Ok(SqlStore { engine: Engine::Postgres(Arc::new(primary)) })
}

fn failed(source: StoreError) -> OpenError {
    OpenError::Store { path: "on PostgreSQL".to_owned(), source }
}

/// What a database does with texts.
#[derive(Debug)]
struct Manners {
    collation: String,
    encoding: String,
}

async fn manners(db: &Db) -> Result<Manners, StoreError> {
    let sql = "SELECT datcollate AS collation, pg_encoding_to_char(encoding) AS encoding \
               FROM pg_database WHERE datname = current_database()";
    let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await.map_err(from_driver)?;
    let row = row.ok_or_else(|| StoreError::corrupt("the database does not know itself"))?;
    let text = |column: &str| row.try_get::<String>("", column).map_err(from_driver);
    Ok(Manners { collation: text("collation")?, encoding: text("encoding")? })
}

impl Manners {
    /// Orders of texts other than by byte differ between machines and versions of their C library, and with them the indexes of
    /// a standby. `SQL_ASCII` keeps bytes as they are, and ours are UTF-8.
    fn refuse(&self) -> Result<(), OpenError> {
        let cause = if !matches!(self.collation.as_str(), "C" | "POSIX") {
            format!("it orders texts by `{}`; create it with LC_COLLATE 'C' TEMPLATE template0", self.collation)
        } else if !matches!(self.encoding.as_str(), "UTF8" | "SQL_ASCII") {
            format!("its encoding is {}; create it with ENCODING 'UTF8' TEMPLATE template0", self.encoding)
        } else {
            return Ok(());
        };
        Err(OpenError::Unfit { cause })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_with_manners_of_its_own_is_refused() {
        // Proves: texts by byte and UTF-8 are taken; a locale or another encoding is refused.
        let refused = |collation: &str, encoding: &str| {
            Manners { collation: collation.to_owned(), encoding: encoding.to_owned() }.refuse().is_err()
        };
        assert!(!refused("C", "UTF8") && !refused("POSIX", "SQL_ASCII"));
        assert!(refused("zh_CN.UTF-8", "UTF8") && refused("C", "EUC_CN"));
    }
}
