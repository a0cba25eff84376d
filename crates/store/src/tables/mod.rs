//! The tables: one file each, with its migrations, its rows and what is asked of it.

pub(crate) mod attachments;
pub(crate) mod citations;
pub(crate) mod conversations;
pub(crate) mod documents;
pub(crate) mod drafts;
pub(crate) mod messages;
pub(crate) mod notices;
pub(crate) mod pages;
pub(crate) mod passages;
pub(crate) mod pictures;
mod row_id;
pub(crate) mod settings;
pub(crate) mod sources;
