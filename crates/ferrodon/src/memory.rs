//! The C library's allocator, told to keep little of what it was given back.
//!
//! Left alone it makes eight arenas for each core and raises its thresholds with every large block it has
//! seen: after some thousand incoming activities a third of the process was memory that nobody used.

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
