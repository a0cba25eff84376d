//! The French an agent reads, from `assets/messages/fr.json`, one typed function a message.

include!(concat!(env!("OUT_DIR"), "/messages.rs"));
