//! Alarms: triggers that the clock fires.
//!
//! | file | what is there |
//! |---|---|
//! | [`feed`] | what `/whisk.system/alarms/*` answers: making, reading, changing, deleting an alarm |
//! | [`clock`] | the ticks |

pub mod clock;
pub mod feed;
