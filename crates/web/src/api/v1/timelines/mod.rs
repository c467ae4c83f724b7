//! /api/v1/timelines

pub mod home;
pub mod public;
