//! The program itself: its state, the first start, the key.

use assistant::view::{AppState, Setup, SetupAnswer, Unlock};

use crate::shell::commands;

commands! {
    /// Whether the history is open.
    fn app_state(clocher) -> AppState { Ok(clocher.state()) }

    /// Begins the first start.
    fn setup_begin(clocher) -> Setup { clocher.begin_setup() }

    /// Ends the first start.
    fn setup_confirm(clocher, answer: SetupAnswer) -> AppState { clocher.confirm_setup(&answer) }

    /// Opens a locked history.
    fn unlock(clocher, unlock: Unlock) -> AppState { clocher.unlock(&unlock) }

    /// The page's policy refused something: a fault of ours, without content.
    fn csp_violation(clocher) -> () { clocher.note_violation(); Ok(()) }
}
