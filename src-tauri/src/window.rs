//! The window: the embedded page and nothing else. It cannot navigate away, open another
//! window, keep a cache, or reach a network.

use assistant::messages::cli;
use tauri::webview::NewWindowResponse;
use tauri::{Url, WebviewUrl, WebviewWindowBuilder};

use crate::commands::{answer, app, conversation, document, model};
use crate::shell::Shared;

/// Run before the page: what the page never uses and a content policy does not cover.
const CLOSED: &str =
    "delete globalThis.RTCPeerConnection; delete globalThis.webkitRTCPeerConnection;";

/// Opens the window and returns when it is closed.
pub fn open(clocher: Shared) -> tauri::Result<()> {
    tauri::Builder::default()
        .manage(clocher)
        .invoke_handler(tauri::generate_handler![
            app::app_state,
            app::setup_begin,
            app::setup_confirm,
            app::unlock,
            app::csp_violation,
            conversation::conversation_list,
            conversation::conversation_create,
            conversation::conversation_open,
            conversation::conversation_rename,
            conversation::conversation_delete,
            conversation::draft_load,
            conversation::draft_save,
            answer::answer_send,
            answer::answer_again,
            answer::answer_stop,
            document::document_attach,
            document::document_cancel,
            document::document_detach,
            document::document_page,
            document::document_picture,
            document::document_upload,
            model::model_watch,
            model::model_reload,
        ])
        .setup(|shell| {
            WebviewWindowBuilder::new(shell, "main", WebviewUrl::App("index.html".into()))
                .title(cli::program())
                .inner_size(1366.0, 768.0)
                .min_inner_size(360.0, 420.0)
                .on_navigation(is_ours)
                .on_new_window(|_, _| NewWindowResponse::Deny)
                .disable_drag_drop_handler()
                .initialization_script(CLOSED)
                .incognito(!driven())
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!())
}

/// Whether a test drives the window. WebKitGTK lets its WebDriver into the ordinary web context
/// alone, never into one that keeps nothing; Tauri reads the same variable.
fn driven() -> bool {
    std::env::var_os("TAURI_WEBVIEW_AUTOMATION").is_some_and(|value| value == "true")
}

/// The embedded page, under the two addresses that platforms give it.
fn is_ours(url: &Url) -> bool {
    url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_page_is_shown() {
        for (address, ours) in [
            ("tauri://localhost/index.html", true),
            ("http://tauri.localhost/", true),
            ("https://www.service-public.fr/", false),
            ("file:///etc/passwd", false),
            ("http://tauri.localhost.example.org/", false),
        ] {
            assert_eq!(is_ours(&address.parse().unwrap()), ours, "{address}");
        }
    }
}
