//! What does a child process give up before it looks at anything?
//!
//! Memory, files and further processes are limited by the operating system, so that a mistake in a decoder costs a child and no
//! more. The time of the processor is limited for each message anew.

use super::Settings;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};
use std::io;

/// Files and connections that may be opened from now on. Those that are open already stay so; a limit of three would let a
/// process that closes one of them open another in its place.
const FILES: u64 = 0;

/// Limits this process for the rest of its life.
pub fn confine(settings: &Settings) -> io::Result<()> {
    let memory = settings.memory.saturating_mul(1024 * 1024);
    for (resource, most) in [
        (Resource::As, memory),
        // Of address space that was set aside before now, no more than this can be used.
        (Resource::Data, memory),
        (Resource::Core, 0),
        (Resource::Nofile, FILES),
        // Nothing is ever written to a file, and nothing else is started.
        (Resource::Fsize, 0),
        (Resource::Nproc, 0),
    ] {
        lower(resource, most)?;
    }
    Ok(())
}

/// A limit that is lower already stays.
fn lower(resource: Resource, most: u64) -> io::Result<()> {
    let now = getrlimit(resource);
    let least = |limit: Option<u64>| Some(limit.map_or(most, |limit| limit.min(most)));
    setrlimit(resource, Rlimit { current: least(now.current), maximum: least(now.maximum) })?;
    Ok(())
}

/// The processor may be used for so many seconds more.
pub fn allow_seconds(seconds: u64) -> io::Result<()> {
    let used = clock_gettime(ClockId::ProcessCPUTime).tv_sec;
    let until = u64::try_from(used).unwrap_or_default().saturating_add(seconds);
    let maximum = getrlimit(Resource::Cpu).maximum;
    let current = Some(maximum.map_or(until, |maximum| maximum.min(until)));
    setrlimit(Resource::Cpu, Rlimit { current, maximum })?;
    Ok(())
}
