//! The model's state.

use assistant::view::ModelStatus;

use crate::shell::commands;

commands! {
    /// Sends the state now and each change, until the page goes.
    fn model_watch(clocher; events => ModelStatus) -> () {
        clocher.watch_model(move |status| events.send(status.clone()).is_ok());
        Ok(())
    }

    /// Looks for a model again, after one was put in the folder.
    fn model_reload(clocher) -> () { clocher.load_model(None); Ok(()) }
}
