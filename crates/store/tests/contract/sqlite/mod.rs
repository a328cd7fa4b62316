//! What can go wrong with one file and one writer?

mod crash;
mod disk;
mod foreign_changes;
mod group_commit;
mod memory;
mod opening;
mod restart;
mod shared_signals;
