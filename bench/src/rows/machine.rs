//! How fast the machine is just then: what one signature costs it. The targets are from a machine where that is 0.23 ms;
//! neighbours on the same hardware make it, and every figure beside it, greater.

use std::time::Instant;

use anyhow::Result;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;

use crate::numbers::median;
use crate::report::Line;

const SIGNATURES: usize = 200;

/// The median of some signatures, made on this thread. `before` is the part that is measured next.
pub fn measure(before: &str) -> Result<Line> {
    let (pair, random) = (KeyPair::generate(KeySize::Rsa2048)?, SystemRandom::new());
    let mut signature = vec![0; pair.public_modulus_len()];
    let mut times_ms = Vec::with_capacity(SIGNATURES);
    for number in 0..SIGNATURES {
        let started = Instant::now();
        pair.sign(&RSA_PKCS1_SHA256, &random, &number.to_le_bytes(), &mut signature)?;
        times_ms.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(Line::new("machine", &format!("before {before}")).value("signature_ms", median(&times_ms)))
}
