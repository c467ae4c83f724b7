//! /api/v2

mod instance;
mod notifications;
mod search;
