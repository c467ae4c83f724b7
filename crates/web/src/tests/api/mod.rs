//! /api

mod v1;
mod v2;
