//! /api/v1/media

pub mod show;
pub mod update;
