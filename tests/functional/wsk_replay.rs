//! OpenWhisk's own command line client, `wsk`.
//!
//! The binary is in no package registry, so its requests, as they were recorded on loopback, are replayed here byte for
//! byte: [`wire`] sends them, [`story`] holds them in their order and checks what wsk reads from the answers. [`binary`]
//! runs the real wsk through the same story where `WSK=path` is given, and says that it was left out where not.

mod binary;
mod events;
mod story;
mod wire;
