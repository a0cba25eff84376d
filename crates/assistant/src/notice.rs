//! Notices, from the window's form to the history's and back.

use std::collections::BTreeMap;

use privacy::Private;
use store::NoticeRow;

use crate::view::{Notice, NoticeKind};

const TEXT: &str = "text";

/// As the history keeps it.
pub fn row(notice: &Notice) -> NoticeRow {
    let kind = serde_json::to_value(notice.kind)
        .ok()
        .and_then(|kind| kind.as_str().map(str::to_owned));
    NoticeRow {
        kind: kind.unwrap_or_default(),
        values: Private::new(BTreeMap::from([(TEXT.to_owned(), notice.text.clone())])),
    }
}

/// As the window shows it; a kind of another version is left out.
pub fn read(row: &NoticeRow) -> Option<Notice> {
    let kind: NoticeKind = serde_json::from_value(row.kind.clone().into()).ok()?;
    Some(Notice {
        kind,
        text: row.values.expose().get(TEXT)?.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_survive_the_history() {
        let notice = Notice {
            kind: NoticeKind::TurnsDropped,
            text: String::from("Deux échanges…"),
        };
        let read = read(&row(&notice)).unwrap();
        assert_eq!((read.kind, read.text), (notice.kind, notice.text));
    }
}
