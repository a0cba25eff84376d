//! How a command of the window runs: away from the window's thread, and never with a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use assistant::Clocher;
use assistant::trouble::{Result, Trouble};

/// The program, shared with every command.
pub type Shared = Arc<Clocher>;

/// Runs a use-case on a thread of its own. A panic, which would be a fault of ours, becomes the
/// one trouble that says so; the window and the history go on.
pub async fn run<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let guarded =
        move || catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Trouble::unexpected()));
    let joined = tauri::async_runtime::spawn_blocking(guarded).await;
    joined.unwrap_or_else(|_| Err(Trouble::unexpected()))
}

/// Declares commands: each becomes an asynchronous Tauri command that runs its body through
/// [`run`], and a line of the page's bindings. `events => T` is a channel of `T`.
macro_rules! commands {
    ($($(#[doc = $doc:literal])* fn $name:ident($clocher:ident $(, $arg:ident : $type:ty)* $(; $events:ident => $event:ty)?) -> $output:ty $body:block)*) => {
        $(
            $(#[doc = $doc])*
            #[tauri::command]
            pub async fn $name(
                clocher: tauri::State<'_, $crate::shell::Shared>
                $(, $arg: $type)*
                $(, $events: tauri::ipc::Channel<$event>)?
            ) -> assistant::trouble::Result<$output> {
                let $clocher = std::sync::Arc::clone(&clocher);
                $crate::shell::run(move || $body).await
            }
        )*

        /// The commands as the page calls them.
        #[cfg(test)]
        pub fn signatures(types: &ts_rs::Config) -> Vec<$crate::bindings::Signature> {
            use ts_rs::TS;
            vec![$($crate::bindings::Signature {
                name: stringify!($name),
                arguments: vec![
                    $((stringify!($arg), <$type as TS>::name(types)),)*
                    $((stringify!($events), format!("Channel<{}>", <$event as TS>::name(types))),)?
                ],
                output: <$output as TS>::name(types),
            }),*]
        }
    };
}
pub(crate) use commands;
