//! /api/v2

mod instance;
mod search;
