//! The SQLCipher file: created whole, opened with care.
//!
//! Opening changes no byte before the key fitted, the schema was read and the version is known.
//! The connection locks the file for itself, which also keeps the write-ahead log's index in
//! memory: it works on network folders, and leaves no third file.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use zeroize::Zeroizing;

use crate::keys::{DataKey, DatabaseId};
use crate::{StoreError, atomic_file, migrations};

/// The database's file under the data folder.
pub(crate) const FILE: &str = "history.db";
/// A database being created: whole once its slots are written, then renamed to [`FILE`].
pub(crate) const PENDING: &str = "history.db.new";

/// The identity at the head of a database file; `None` if there is no file.
///
/// # Errors
/// [`StoreError::Damaged`] if the file is too short to be one.
pub(crate) fn identity(path: &Path) -> Result<Option<DatabaseId>, StoreError> {
    let mut salt = [0; 16];
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    match file.read_exact(&mut salt) {
        Ok(()) => Ok(Some(DatabaseId(salt))),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(StoreError::Damaged),
        Err(error) => Err(error.into()),
    }
}

/// Creates a database with every table and nothing in them, flushed and closed: a single file.
pub(crate) fn create(path: &Path, id: DatabaseId, key: &DataKey) -> Result<(), StoreError> {
    if let Err(error) = fs::remove_file(path)
        && error.kind() != ErrorKind::NotFound
    {
        return Err(error.into());
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let mut connection = Connection::open_with_flags(path, flags)?;
    give_key(&connection, id, key)?;
    settle(&connection)?;
    migrations::migrate(&mut connection)?;
    connection.close().map_err(|(_, error)| error)?;
    File::options().write(true).open(path)?.sync_all()?;
    atomic_file::flush_folder_of(path)?;
    match identity(path)? == Some(id) {
        true => Ok(()),
        false => Err(StoreError::Damaged),
    }
}

/// Opens a database that exists and brings it to this program's version.
///
/// # Errors
/// [`StoreError::Damaged`], [`StoreError::TooNew`] or [`StoreError::AlreadyOpen`], every byte on
/// disk as it was.
pub(crate) fn open(path: &Path, id: DatabaseId, key: &DataKey) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    // Until all is known to be well, closing must not move what a log holds into the database.
    // Where there was no log, it must take away the empty one that reading creates.
    let log = path.with_extension("db-wal").exists();
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, log)?;
    give_key(&connection, id, key)?;
    let version = migrations::version(&connection)?;
    migrations::refuse_newer(version)?;
    if version == 0 {
        // Every database we ever named `history.db` had its tables: this one was cut short.
        return Err(StoreError::Damaged);
    }
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    settle(&connection)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    migrations::migrate(&mut connection)?;
    Ok(connection)
}

/// A database that no file holds, with every table and nothing in them.
pub(crate) fn in_memory() -> Result<Connection, StoreError> {
    let mut connection = Connection::open_in_memory()?;
    settle(&connection)?;
    migrations::migrate(&mut connection)?;
    Ok(connection)
}

/// Gives the key, and the salt that is the database's identity, to SQLCipher: 32 bytes used as
/// they are, no derivation (<https://www.zetetic.net/sqlcipher/sqlcipher-api/#key>).
fn give_key(connection: &Connection, id: DatabaseId, key: &DataKey) -> Result<(), StoreError> {
    // SQLCipher's own log lines go to the standard error output: errors are returned, not printed.
    connection.execute_batch("PRAGMA cipher_log_level = NONE")?;
    let statement = Zeroizing::new(format!(
        "PRAGMA key = \"x'{}{}'\";",
        key.to_hex().as_str(),
        id.to_hex()
    ));
    connection.execute_batch(&statement)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.busy_timeout(Duration::from_secs(2))?;
    Ok(())
}

/// What every connection wants, none of which writes.
fn settle(connection: &Connection) -> Result<(), StoreError> {
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(())
}

/// Reads the whole database: every page's seal, every structure, every reference, every index.
///
/// # Errors
/// [`StoreError::Damaged`] if anything is not as it was written.
pub(crate) fn verify(connection: &Connection) -> Result<(), StoreError> {
    for (pragma, sound) in [
        ("cipher_integrity_check", None),
        ("integrity_check", Some("ok")),
        ("foreign_key_check", None),
    ] {
        let mut statement = connection.prepare(&format!("PRAGMA {pragma}"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let line: Option<String> = row.get(0)?;
            if sound.is_none() || line.as_deref() != sound {
                return Err(StoreError::Damaged);
            }
        }
    }
    for index in ["conversations_fts", "messages_fts", "passages_fts"] {
        let sql = format!("INSERT INTO {index}({index}, rank) VALUES('integrity-check', 0)");
        connection.execute(&sql, [])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, SeekFrom, Write};
    use std::path::PathBuf;

    use super::*;
    use crate::scratch::Scratch;
    use crate::{NewDocument, NewPage, NewPassage, PictureRow, Store, Timestamp};

    /// A closed database of some pages, and its path.
    fn closed() -> (Scratch, PathBuf) {
        let (scratch, store) = Scratch::new();
        let text = "Concession trentenaire. ".repeat(2_000);
        let talk = store.conversations().create("Essai", Timestamp(1)).unwrap();
        store
            .messages()
            .begin_exchange(talk.id, &text, Timestamp(2))
            .unwrap();
        drop(store);
        let path = scratch.folder.path().join(FILE);
        (scratch, path)
    }

    fn refusal(scratch: &Scratch, path: &Path) -> StoreError {
        let before = fs::read(path).unwrap();
        let (id, key) = scratch.key();
        let error = open(path, id, key).expect_err("opened");
        assert!(fs::read(path).unwrap() == before, "changed by a refusal");
        let files = fs::read_dir(scratch.folder.path()).unwrap().count();
        assert_eq!(files, 3, "database, keys and lock");
        error
    }

    #[test]
    fn every_promised_setting_holds() {
        let (scratch, path) = closed();
        let (id, key) = scratch.key();
        let connection = open(&path, id, key).unwrap();
        for (pragma, expected) in [
            ("journal_mode", "wal"),
            ("foreign_keys", "1"),
            ("secure_delete", "1"),
            ("temp_store", "2"),
            ("synchronous", "2"),
            ("locking_mode", "exclusive"),
            ("cipher_provider", "openssl"),
        ] {
            let set: String = connection
                .query_row(&format!("PRAGMA {pragma}"), [], |row| {
                    let value: rusqlite::types::Value = row.get(0)?;
                    Ok(match value {
                        rusqlite::types::Value::Integer(n) => n.to_string(),
                        rusqlite::types::Value::Text(text) => text,
                        other => format!("{other:?}"),
                    })
                })
                .unwrap();
            assert_eq!(set, expected, "{pragma}");
        }
        // The index of the log stays in memory.
        assert!(!path.with_extension("db-shm").exists());
    }

    #[test]
    fn a_newer_database_is_refused_untouched() {
        let (scratch, path) = closed();
        let (id, key) = scratch.key();
        let connection = open(&path, id, key).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        drop(connection);
        let error = refusal(&scratch, &path);
        assert!(matches!(
            error,
            StoreError::TooNew {
                found: 99,
                known: migrations::VERSION
            }
        ));
    }

    #[test]
    fn a_newer_database_left_open_by_a_crash_keeps_its_log() {
        let (scratch, path) = closed();
        let (id, key) = scratch.key();
        let connection = open(&path, id, key).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        // What a crash leaves: both files as they are while open.
        let place = tempfile::tempdir().unwrap();
        let copies = ["db", "db-wal"].map(|extension| {
            let copy = place.path().join("history").with_extension(extension);
            fs::copy(path.with_extension(extension), &copy).unwrap();
            copy
        });
        let bytes = || copies.clone().map(|copy| fs::read(copy).unwrap());
        let before = bytes();
        assert!(before[1].len() > 4096);
        let error = open(&copies[0], id, key).expect_err("opened");
        assert!(matches!(error, StoreError::TooNew { found: 99, .. }));
        assert!(bytes() == before);
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 2);
    }

    #[test]
    fn another_key_is_refused_untouched() {
        let (scratch, path) = closed();
        let (other, _store) = Scratch::new();
        let before = fs::read(&path).unwrap();
        let outcome = open(&path, scratch.key().0, other.key().1);
        assert!(matches!(outcome, Err(StoreError::Damaged)));
        assert!(fs::read(&path).unwrap() == before);
    }

    #[test]
    fn a_database_cut_short_is_never_taken_for_an_empty_one() {
        let (scratch, path) = closed();
        let whole = fs::read(&path).unwrap();
        for length in [0, 16, 100, 512, 4095] {
            fs::write(&path, &whole[..length]).unwrap();
            let error = refusal(&scratch, &path);
            assert!(matches!(error, StoreError::Damaged), "{length}: {error}");
        }
    }

    #[test]
    fn one_altered_byte_is_seen_when_its_page_is_read() {
        let (scratch, path) = closed();
        let whole = fs::read(&path).unwrap();
        for at in (16..whole.len()).step_by(4096 * 3 + 77) {
            let mut file = File::options().write(true).open(&path).unwrap();
            file.seek(SeekFrom::Start(at as u64)).unwrap();
            file.write_all(&[whole[at] ^ 1]).unwrap();
            drop(file);
            let (id, key) = scratch.key();
            let outcome = open(&path, id, key).and_then(|connection| verify(&connection));
            assert!(
                matches!(outcome, Err(StoreError::Damaged)),
                "byte {at}: {outcome:?}"
            );
            fs::write(&path, &whole).unwrap();
        }
        let (id, key) = scratch.key();
        verify(&open(&path, id, key).unwrap()).unwrap();
    }

    #[test]
    fn what_is_erased_leaves_no_byte_behind_the_encryption() {
        // Without a key, so that the bytes can be looked at.
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join(FILE);
        let mut connection = Connection::open(&path).unwrap();
        settle(&connection).unwrap();
        connection
            .pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))
            .unwrap();
        migrations::migrate(&mut connection).unwrap();
        let store = Store::start(connection, None).unwrap();
        let words = [
            "zagreus",
            "quetzal",
            "wyvern",
            "xylophone",
            "yggdrasil",
            "zorille",
        ];
        let [title, question, draft, name, passage, picture] = words;
        let talks = store.conversations();
        let stays = talks.create("Reste", Timestamp(1)).unwrap().id;
        store
            .messages()
            .begin_exchange(stays, "reste aussi", Timestamp(1))
            .unwrap();
        let talk = talks.create(title, Timestamp(2)).unwrap().id;
        store
            .messages()
            .begin_exchange(talk, question, Timestamp(3))
            .unwrap();
        talks.set_draft(Some(talk), draft).unwrap();
        let document = NewDocument {
            name: name.to_owned(),
            sha256: [0; 32],
            kind: String::from("txt"),
            bytes: 1,
            pages: vec![NewPage {
                number: 1,
                blocks: Vec::new(),
                fault: None,
                picture: Some(PictureRow {
                    width: 1,
                    height: 1,
                    jpeg: picture.as_bytes().to_vec().into(),
                }),
            }],
        };
        let passages = [NewPassage {
            page: 1,
            text: passage.to_owned(),
        }];
        let document = store
            .documents()
            .insert(&document, &passages, Timestamp(4))
            .unwrap();
        store
            .documents()
            .attach(talk, document, Timestamp(4))
            .unwrap();
        let found = |word: &str| {
            ["db", "db-wal"].iter().any(|extension| {
                let bytes = fs::read(path.with_extension(extension)).unwrap_or_default();
                bytes
                    .windows(word.len())
                    .any(|bytes| bytes == word.as_bytes())
            })
        };
        store.empty_log().unwrap();
        assert!(words.iter().all(|word| found(word)), "not looked for well");
        talks.delete(talk).unwrap();
        for word in words {
            assert!(!found(word), "{word}");
        }
        assert!(found("reste aussi"));
        store.verify().unwrap();
    }
}
