//! flockctl.
