//! From any older database to this program's: one step a version, each in one transaction.

use rusqlite::Connection;

use crate::StoreError;
use crate::tables::{
    attachments, citations, conversations, documents, drafts, messages, notices, pages, passages,
    pictures, settings, sources,
};

/// What each version adds to the one before, in order. A released step never changes.
const STEPS: &[&[&str]] = &[
    &[
        conversations::V1,
        messages::V1,
        documents::V1,
        attachments::V1,
        pages::V1,
        passages::V1,
        citations::V1,
        sources::V1,
        notices::V1,
        drafts::V1,
        settings::V1,
    ],
    &[pictures::V2],
];

/// The version this program writes.
pub(crate) const VERSION: u32 = STEPS.len() as u32;

/// The database's version: 0 for an empty one.
pub(crate) fn version(connection: &Connection) -> Result<u32, StoreError> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// Refuses a database newer than the program, before anything is written to it.
pub(crate) fn refuse_newer(found: u32) -> Result<(), StoreError> {
    match found > VERSION {
        true => Err(StoreError::TooNew {
            found,
            known: VERSION,
        }),
        false => Ok(()),
    }
}

/// Takes the database to [`VERSION`], one committed step at a time.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    migrate_by(connection, STEPS)
}

fn migrate_by(connection: &mut Connection, steps: &[&[&str]]) -> Result<(), StoreError> {
    let done = version(connection)?;
    for (version, step) in (1u32..).zip(steps).skip(done as usize) {
        let transaction = connection.transaction()?;
        for sql in *step {
            transaction.execute_batch(sql)?;
        }
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_version_0_and_again_without_effect() {
        let mut connection = Connection::open_in_memory().unwrap();
        assert_eq!(version(&connection).unwrap(), 0);
        migrate(&mut connection).unwrap();
        assert_eq!(version(&connection).unwrap(), VERSION);
        migrate(&mut connection).unwrap();
        assert_eq!(version(&connection).unwrap(), VERSION);
    }

    #[test]
    fn a_history_of_version_1_keeps_all_it_has() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate_by(&mut connection, &STEPS[..1]).unwrap();
        connection
            .execute_batch(
                "INSERT INTO documents(id, name, sha256, kind, bytes, added_at)
                     VALUES(4, 'scan.pdf', x'00', 'pdf', 1, 1);
                 INSERT INTO pages(document, number, fault) VALUES(4, 1, 'no-text');",
            )
            .unwrap();
        migrate(&mut connection).unwrap();
        let pages: i64 = connection
            .query_row("SELECT count(*) FROM pages", [], |row| row.get(0))
            .unwrap();
        let pictures: i64 = connection
            .query_row("SELECT count(*) FROM pictures", [], |row| row.get(0))
            .unwrap();
        assert_eq!((pages, pictures), (1, 0));
    }

    #[test]
    fn a_step_that_fails_leaves_the_version_before_it() {
        let mut connection = Connection::open_in_memory().unwrap();
        let steps: &[&[&str]] = &[
            &["CREATE TABLE one(n INTEGER)"],
            &["CREATE TABLE two(n INTEGER)", "CREATE TABLE one(n INTEGER)"],
        ];
        assert!(migrate_by(&mut connection, steps).is_err());
        assert_eq!(version(&connection).unwrap(), 1);
        let tables: i64 = connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .unwrap();
        assert_eq!(tables, 1);
        migrate_by(
            &mut connection,
            &[steps[0], &["CREATE TABLE two(n INTEGER)"]],
        )
        .unwrap();
        assert_eq!(version(&connection).unwrap(), 2);
    }
}
