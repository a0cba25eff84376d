//! Settings: a value a key.

use rusqlite::OptionalExtension;

use crate::{Store, StoreError};

pub(crate) const V1: &str = "
CREATE TABLE settings(
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// What the agent chose.
pub struct Settings<'a>(pub(crate) &'a Store);

impl Settings<'_> {
    /// The value of a key, `None` if it was never set.
    ///
    /// # Errors
    /// Those of the database.
    pub fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.0.read(|connection| {
            Ok(connection
                .prepare_cached("SELECT value FROM settings WHERE key = ?1")?
                .query_row([key], |row| row.get(0))
                .optional()?)
        })
    }

    /// Sets the value of a key.
    ///
    /// # Errors
    /// Those of the database.
    pub fn set(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.0.write(|transaction| {
            transaction.execute(
                "INSERT INTO settings(key, value) VALUES(?1, ?2)
                 ON CONFLICT(key) DO UPDATE SET value = excluded.value",
                [key, value],
            )?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::scratch::Scratch;

    #[test]
    fn the_last_value_is_kept() {
        let (scratch, store) = Scratch::new();
        assert_eq!(store.settings().get("theme").unwrap(), None);
        store.settings().set("theme", "sombre").unwrap();
        store.settings().set("theme", "clair").unwrap();
        let store = scratch.reopen(store);
        assert_eq!(store.settings().get("theme").unwrap().unwrap(), "clair");
    }
}
