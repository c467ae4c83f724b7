//! /api

pub mod v1;
mod v2;
