//! The model: found, loaded behind the window, shared by every conversation.

mod catalogue;
pub mod digests;
pub mod files;
pub mod import;
mod memory;
pub mod sight;
pub mod terms;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use engine::plan::Plan;
use engine::{Model, Reserve, Session};

use crate::Clocher;
use crate::trouble::{Result, Trouble, trouble};
use crate::view::{ModelFacts, ModelStatus};
use sight::Sight;

/// Told of every change; returns whether it still listens.
type Watcher = Box<dyn FnMut(&ModelStatus) -> bool + Send>;

/// Where the model lies, whatever its state.
#[derive(Default)]
pub struct Desk {
    slot: Mutex<Slot>,
    changed: Condvar,
    session: Mutex<Option<Session>>,
    sight: Mutex<Sight>,
}

#[derive(Default)]
struct Slot {
    status: Option<ModelStatus>,
    model: Option<Arc<Model>>,
    watchers: Vec<Watcher>,
}

impl Clocher {
    /// Starts loading the model behind the caller's back; watchers are told of each step.
    pub fn load_model(&self, chosen: Option<&Path>) {
        let file = match files::choose(&self.paths, chosen) {
            Ok(file) => file,
            Err(trouble) => return self.desk.set(ModelStatus::Absent { trouble }, None),
        };
        let name = files::display_name(&file);
        self.desk.set(
            ModelStatus::Loading {
                name: name.clone(),
                fraction: 0.0,
            },
            None,
        );
        let desk = Arc::clone(&self.desk);
        thread::spawn(move || {
            let never = AtomicBool::new(false);
            let mut shown = 0.0;
            let mut progress = |fraction: f32| {
                if fraction - shown >= 0.01 {
                    shown = fraction;
                    desk.set(
                        ModelStatus::Loading {
                            name: name.clone(),
                            fraction,
                        },
                        None,
                    );
                }
            };
            let opened = memory::plan(&file).and_then(|plan| {
                let reserve = Reserve {
                    context: plan.context as usize,
                    cache: plan.cache,
                };
                Model::open(&file, threads(), &mut progress, &never)
                    .and_then(|model| Ok((Session::new(Arc::clone(&model), reserve)?, model)))
                    .map(|(session, model)| (model, session, plan))
                    .map_err(|error| Trouble::of_model(&file, &error))
            });
            match opened {
                Ok((model, session, plan)) => {
                    let sight = Sight::beside(&file, &model);
                    let status = ModelStatus::Ready {
                        model: facts(&file, &model, &plan, &sight),
                    };
                    *lock(&desk.session) = Some(session);
                    *lock(&desk.sight) = sight;
                    desk.set(status, Some(model));
                }
                Err(trouble) => desk.set(ModelStatus::Failed { trouble }, None),
            }
        });
    }

    /// Tells `watcher` the state now and every change, until it returns false.
    pub fn watch_model(&self, mut watcher: impl FnMut(&ModelStatus) -> bool + Send + 'static) {
        let mut slot = lock(&self.desk.slot);
        let listens = slot.status.as_ref().is_none_or(&mut watcher);
        if listens {
            slot.watchers.push(Box::new(watcher));
        }
    }

    /// The model's state now; `None` before [`Clocher::load_model`].
    #[must_use]
    pub fn model_status(&self) -> Option<ModelStatus> {
        lock(&self.desk.slot).status.clone()
    }

    /// The name of the model that answers.
    pub(crate) fn model_name(&self) -> Option<String> {
        match self.model_status()? {
            ModelStatus::Ready { model } => Some(model.name),
            ModelStatus::Absent { .. }
            | ModelStatus::Loading { .. }
            | ModelStatus::Failed { .. } => None,
        }
    }
}

impl Desk {
    fn set(&self, status: ModelStatus, model: Option<Arc<Model>>) {
        let mut slot = lock(&self.slot);
        slot.watchers.retain_mut(|watcher| watcher(&status));
        slot.status = Some(status);
        slot.model = model;
        self.changed.notify_all();
    }

    /// Waits for the model, or for why there is none, or for `cancel`.
    pub fn wait(&self, cancel: &AtomicBool) -> Result<Arc<Model>> {
        let mut slot = lock(&self.slot);
        loop {
            match &slot.status {
                Some(ModelStatus::Ready { .. }) => {
                    if let Some(model) = &slot.model {
                        return Ok(Arc::clone(model));
                    }
                }
                Some(ModelStatus::Absent { trouble } | ModelStatus::Failed { trouble }) => {
                    return Err(trouble.clone());
                }
                Some(ModelStatus::Loading { .. }) => {}
                None => return Err(trouble!(ModelLoading, model_loading()())),
            }
            if cancel.load(Ordering::Relaxed) {
                return Err(trouble!(ModelLoading, model_loading()()));
            }
            let waited = self.changed.wait_timeout(slot, Duration::from_millis(50));
            slot = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The one session, whose cache of past tokens serves whatever begins the same way.
    pub fn session(&self) -> MutexGuard<'_, Option<Session>> {
        lock(&self.session)
    }

    /// What the model sees with. Taken after the session, never before.
    pub fn sight(&self) -> MutexGuard<'_, Sight> {
        lock(&self.sight)
    }
}

fn facts(file: &Path, model: &Model, plan: &Plan, sight: &Sight) -> ModelFacts {
    let info = model.info();
    ModelFacts {
        name: catalogue::find(file).map_or_else(|| info.name.clone(), |entry| entry.name.clone()),
        architecture: info.architecture.clone(),
        quantisation: info.quantisation.clone(),
        parameters: info.parameters,
        bytes: info.file_bytes,
        context: plan.context,
        cache: plan.cache.name().to_owned(),
        memory: plan.bytes(),
        sees: sight.vision.is_some(),
    }
}

/// Threads for the engine: every core the machine gives us.
pub fn threads() -> usize {
    thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// A mutex whose holder panicked still guards consistent data here: each change is one
/// assignment.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
