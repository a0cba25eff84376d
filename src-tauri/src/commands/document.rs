//! Documents: handed over as bytes, never as a path that the page would choose.

use std::sync::Arc;

use assistant::trouble::{Result, Trouble};
use assistant::view::{DocumentSummary, PageView, ReadingProgress};
use tauri::State;
use tauri::ipc::{InvokeBody, Request, Response};

use crate::shell::{Shared, commands, run};

commands! {
    /// Reads an upload and attaches it.
    fn document_attach(clocher, conversation: i64, ticket: u32, name: String; progress => ReadingProgress) -> DocumentSummary {
        clocher.attach_upload(conversation, ticket, &name, &mut |step| { let _ = progress.send(step); })
    }

    /// Stops the reading of an upload.
    fn document_cancel(clocher, ticket: u32) -> () { clocher.cancel_upload(ticket); Ok(()) }

    /// Takes a document off a conversation.
    fn document_detach(clocher, conversation: i64, document: i64) -> () { clocher.detach(conversation, document) }

    /// A page as it was read.
    fn document_page(clocher, document: i64, page: u32) -> PageView { clocher.page(document, page) }
}

/// The picture of a page, as the raw body of the answer: JPEG.
#[tauri::command]
pub async fn document_picture(
    clocher: State<'_, Shared>,
    document: i64,
    page: u32,
) -> Result<Response> {
    let clocher = Arc::clone(&clocher);
    run(move || clocher.picture(document, page).map(Response::new)).await
}

/// Takes a file's bytes over, as the raw body of the call; the ticket serves to attach it.
#[tauri::command]
pub fn document_upload(clocher: State<'_, Shared>, request: Request<'_>) -> Result<u32> {
    match request.body() {
        InvokeBody::Raw(bytes) => Ok(clocher.upload(bytes.clone())),
        InvokeBody::Json(_) => Err(Trouble::unexpected()),
    }
}
