//! The C library's allocator, told to keep little of what it was given back, and asked for it in quiet moments.
//!
//! Left alone it makes eight arenas for each core and raises its thresholds with every large block it has
//! seen: after some thousand incoming activities a third of the process was memory that nobody used.

use std::sync::Arc;
use std::time::Duration;

use app::App;
use tokio_util::sync::CancellationToken;
use web::bodies::Bodies;

/// Between looks at whether it is quiet.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Blocks from here on are the kernel's, and go back to it when they are freed. The first value of the
/// C library; setting it keeps it from growing.
const LARGE_BYTES: i32 = 128 * 1024;
/// More arenas than this only spread the free memory. Threads have a cache of their own for small blocks.
const ARENAS_MAX: usize = 8;
const ARENAS_MIN: usize = 2;

/// To be called before there are threads. What the operator says by the variables of mallopt(3) stays.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn keep_little() {
    let cores = std::thread::available_parallelism().map_or(ARENAS_MIN, usize::from);
    let arenas = i32::try_from(cores.clamp(ARENAS_MIN, ARENAS_MAX)).unwrap_or(1);
    let wishes = [
        ("MALLOC_ARENA_MAX", libc::M_ARENA_MAX, arenas),
        ("MALLOC_MMAP_THRESHOLD_", libc::M_MMAP_THRESHOLD, LARGE_BYTES),
        ("MALLOC_TRIM_THRESHOLD_", libc::M_TRIM_THRESHOLD, LARGE_BYTES),
    ];
    for (variable, parameter, value) in wishes {
        if std::env::var_os(variable).is_none() {
            #[expect(unsafe_code, reason = "mallopt(3) takes two numbers, keeps no pointer and is called while there is one thread")]
            // SAFETY: as the reason says; a refused value changes nothing.
            unsafe {
                libc::mallopt(parameter, value);
            }
        }
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn keep_little() {}

/// Until `stop`: when a busy time has ended, what it needed goes back to the kernel.
pub async fn rest(app: App, bodies: Arc<Bodies>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await.is_some() {
        // Both are asked each time: each notes what it was busy with.
        let (database, bodies) = (app.db.rest().await, bodies.rest());
        if database || bodies {
            give_back();
        }
    }
}

/// Free pages anywhere in the heap; by itself the allocator gives back its end only.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn give_back() {
    #[expect(unsafe_code, reason = "malloc_trim(3) takes a number, keeps no pointer and may be called at any time")]
    // SAFETY: as the reason says.
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn give_back() {}
