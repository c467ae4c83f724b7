//! How fast the machine is just then: what one signature costs it. The targets are from a machine where that is 0.23 ms;
//! neighbours on the same hardware make it, and every figure beside it, greater.

use std::sync::LazyLock;
use std::time::Instant;

use anyhow::Result;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;

use crate::line::Line;
use crate::numbers::median;

const SIGNATURES: usize = 200;

/// Made once; finding one takes a tenth of a second.
static PAIR: LazyLock<Result<KeyPair, Unspecified>> = LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048));

/// The median of some signatures, made on this thread. `before` is the part that is measured next.
pub fn measure(before: &str) -> Result<Line> {
    let (pair, random) = (PAIR.as_ref().map_err(|e| *e)?, SystemRandom::new());
    let mut signature = vec![0; pair.public_modulus_len()];
    let mut times_ms = Vec::with_capacity(SIGNATURES);
    for number in 0..SIGNATURES {
        let started = Instant::now();
        pair.sign(&RSA_PKCS1_SHA256, &random, &number.to_le_bytes(), &mut signature)?;
        times_ms.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(Line::new("machine", &format!("before {before}")).value("signature_ms", median(&times_ms)))
}
