//! The encrypted history: first start, opening, and why it stays closed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, JoinHandle};

use privacy::Private;
use store::{AbsentKeychain, Home, HomeState, Keychain, NewKeys, Store, StoreError};

use crate::Clocher;
use crate::model::lock;
use crate::trouble::{Result, Trouble, trouble};
use crate::view::{AppState, HistoryState, Setup, SetupAnswer, Unlock};

/// Groups of the recovery key that must be typed back.
const ASKED: [u32; 2] = [2, 6];

/// The history of this user.
pub struct History {
    folder: PathBuf,
    keychain: OpenKeychain,
    door: Arc<Mutex<Door>>,
    opening: Option<JoinHandle<()>>,
}

impl Drop for History {
    /// The database is closed before the program ends, never behind its back.
    fn drop(&mut self) {
        if let Some(opening) = self.opening.take() {
            // A panic there left the door as it was; there is nobody left to tell.
            let _ = opening.join();
        }
    }
}

/// Gives the keychain to try, each time the folder is tried.
pub type OpenKeychain = fn() -> Box<dyn Keychain>;

/// What stands between the program and its history.
enum Door {
    /// Never met by who waits at the door, but when opening it panicked.
    Opening,
    /// Nothing on disk; the keys exist once the first start has begun.
    New {
        home: Box<Home>,
        keys: Option<Box<NewKeys>>,
    },
    /// On disk, and no key opened it yet.
    Locked {
        home: Box<Home>,
        trouble: Trouble,
        passphrase: bool,
    },
    /// Open; whether the keychain answered by the way.
    Open { store: Arc<Store>, keychain: bool },
    /// The folder itself cannot be used.
    Shut(Trouble),
}

impl History {
    /// Opens the history behind the caller's back: a keychain may wait for the agent to type its
    /// password. Whoever needs the history meanwhile waits at the door.
    pub fn open(folder: &Path, keychain: OpenKeychain) -> Self {
        let door = Arc::new(Mutex::new(Door::Opening));
        let (taken, at_work) = mpsc::channel();
        let (own, place) = (Arc::clone(&door), folder.to_owned());
        let opening = thread::spawn(move || {
            let mut door = lock(&own);
            // The caller goes on only once the door is held; it cannot have gone away.
            let _ = taken.send(());
            *door = Door::open(&place, keychain());
        });
        let _ = at_work.recv();
        Self {
            folder: folder.to_owned(),
            keychain,
            door,
            opening: Some(opening),
        }
    }

    /// A history that is never written.
    pub fn in_memory() -> Result<Self> {
        let store =
            Store::in_memory().map_err(|error| Trouble::of_history(Path::new(""), &error))?;
        Ok(Self {
            folder: PathBuf::new(),
            keychain: || Box::new(AbsentKeychain),
            door: Arc::new(Mutex::new(Door::Open {
                store: Arc::new(store),
                keychain: false,
            })),
            opening: None,
        })
    }

    /// The open history.
    pub fn store(&self) -> Result<Arc<Store>> {
        match &*lock(&self.door) {
            Door::Open { store, .. } => Ok(Arc::clone(store)),
            Door::Locked { trouble, .. } | Door::Shut(trouble) => Err(trouble.clone()),
            Door::New { .. } | Door::Opening => {
                Err(trouble!(HistoryNotReady, history_not_ready()()))
            }
        }
    }

    /// What the window shows of it. A folder that could not be used is tried again: the other
    /// window may be closed now, or the disk be back.
    pub fn state(&self) -> HistoryState {
        let mut door = lock(&self.door);
        if matches!(*door, Door::Shut(_)) {
            *door = Door::open(&self.folder, (self.keychain)());
        }
        match &*door {
            Door::Open { .. } => HistoryState::Open,
            Door::New { .. } => HistoryState::FirstStart,
            Door::Locked {
                trouble,
                passphrase,
                ..
            } => HistoryState::Locked {
                trouble: trouble.clone(),
                passphrase: *passphrase,
            },
            Door::Opening => HistoryState::Locked {
                trouble: Trouble::unexpected(),
                passphrase: false,
            },
            Door::Shut(trouble) => HistoryState::Locked {
                trouble: trouble.clone(),
                passphrase: false,
            },
        }
    }

    /// Whether the operating system's keychain answers; an open history asks no more.
    pub fn keychain_answers(&self) -> bool {
        match &*lock(&self.door) {
            Door::New { home, .. } | Door::Locked { home, .. } => home.keychain_answers(),
            Door::Open { keychain, .. } => *keychain,
            Door::Shut(_) | Door::Opening => false,
        }
    }

    /// The agent's sentences for an error of the history.
    pub fn trouble(&self, error: &StoreError) -> Trouble {
        Trouble::of_history(&self.folder, error)
    }
}

impl Door {
    /// Looks at the folder, and opens the history if the keychain does.
    fn open(folder: &Path, keychain: Box<dyn Keychain>) -> Self {
        let mut home = match Home::open(folder, keychain) {
            Ok(home) => Box::new(home),
            Err(error) => return Self::Shut(Trouble::of_history(folder, &error)),
        };
        let HomeState::Existing { passphrase } = home.state() else {
            return Self::New { home, keys: None };
        };
        match home.unlock_with_keychain() {
            Ok(store) => Self::Open {
                store: Arc::new(store),
                keychain: true,
            },
            Err(error) => Self::Locked {
                home,
                trouble: Trouble::of_history(folder, &error),
                passphrase,
            },
        }
    }
}

impl Clocher {
    /// Begins the first start: makes the keys, writes nothing. Asked again, shows the same key.
    ///
    /// # Errors
    /// When a history already exists.
    pub fn begin_setup(&self) -> Result<Setup> {
        let mut door = lock(&self.history.door);
        let Door::New { home, keys } = &mut *door else {
            return Err(trouble!(HistoryExists, history_exists()()));
        };
        if keys.is_none() {
            *keys = Some(Box::new(
                home.draft_keys()
                    .map_err(|error| self.history.trouble(&error))?,
            ));
        }
        let keys = keys.as_ref().ok_or_else(Trouble::unexpected)?;
        Ok(Setup {
            recovery_key: keys.recovery_groups().to_vec(),
            asked: ASKED.to_vec(),
            keychain: home.keychain_answers(),
        })
    }

    /// Ends the first start: the groups typed back prove that the key was noted, and the history
    /// is created.
    ///
    /// # Errors
    /// When a group differs, when a passphrase is needed and too short, or when the disk refuses.
    pub fn confirm_setup(&self, answer: &SetupAnswer) -> Result<AppState> {
        let mut door = lock(&self.history.door);
        let Door::New {
            home,
            keys: Some(keys),
        } = &mut *door
        else {
            return Err(trouble!(HistoryExists, history_exists()()));
        };
        let matches = |(index, typed): (&u32, &String)| keys.group_matches(*index as usize, typed);
        if answer.groups.len() != ASKED.len() || !ASKED.iter().zip(&answer.groups).all(matches) {
            return Err(trouble!(RecoveryMismatch, recovery_mismatch()()));
        }
        let passphrase = answer
            .passphrase
            .clone()
            .filter(|phrase| !phrase.is_empty())
            .map(Private::new);
        let store = home
            .create(keys, passphrase.as_ref())
            .map_err(|error| self.history.trouble(&error))?;
        *door = Door::Open {
            keychain: home.keychain_answers(),
            store: Arc::new(store),
        };
        drop(door);
        Ok(self.state())
    }

    /// Opens a locked history with what the agent typed. Nothing on disk changes on failure.
    ///
    /// # Errors
    /// When the key is wrong, mistyped, or the history cannot be opened.
    pub fn unlock(&self, unlock: &Unlock) -> Result<AppState> {
        let mut door = lock(&self.history.door);
        let Door::Locked { home, .. } = &mut *door else {
            drop(door);
            return self.history.store().map(|_| self.state());
        };
        let opened = match unlock {
            Unlock::RecoveryKey(typed) => home.unlock_with_recovery(typed),
            Unlock::Passphrase(typed) => home.unlock_with_passphrase(typed),
        };
        let store = opened.map_err(|error| self.history.trouble(&error))?;
        *door = Door::Open {
            keychain: home.keychain_answers(),
            store: Arc::new(store),
        };
        drop(door);
        Ok(self.state())
    }
}
