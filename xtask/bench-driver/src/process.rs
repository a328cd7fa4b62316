//! What did a process use? CPU time and memory from `/proc`.

use std::fs::read_to_string;

/// Ticks a second in `/proc`, fixed at 100 for user space on Linux.
const TICKS: f64 = 100.0;

/// CPU seconds that the process has used so far, all its threads together.
pub fn cpu_seconds(pid: u32) -> Option<f64> {
    let stat = read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field, the name, is in parentheses and may contain blanks.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) / TICKS)
}

/// CPU seconds that everything but this process and `pid` has used so far: other programs with the children they
/// waited for, and what the hypervisor took away. Kernel threads are left out, for they also do the server's writing.
pub fn other_cpu_seconds(pid: u32) -> Option<f64> {
    let own = [pid, std::process::id()];
    let processes = std::fs::read_dir("/proc").ok()?.filter_map(Result::ok);
    let others = processes
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|p| !own.contains(p));
    let programs: f64 = others.filter_map(program_ticks).sum();
    let stat = read_to_string("/proc/stat").ok()?;
    // user, nice, system, idle, iowait, irq, softirq, steal
    let stolen: f64 = stat.lines().next()?.split_ascii_whitespace().nth(8)?.parse().ok()?;
    Some((programs + stolen) / TICKS)
}

/// Ticks of a program and the children it waited for; nothing for a kernel thread.
fn program_ticks(pid: u32) -> Option<f64> {
    const KERNEL_THREAD: u32 = 0x0020_0000;
    let stat = read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    let flags: u32 = fields.get(6)?.parse().ok()?;
    if flags & KERNEL_THREAD != 0 {
        return None;
    }
    fields.get(11..15)?.iter().map(|ticks| ticks.parse::<f64>().ok()).sum()
}

/// Resident memory of the process in MiB.
pub fn resident_mib(pid: u32) -> Option<f64> {
    let status = read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.split_ascii_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_process_uses_something() {
        let pid = std::process::id();
        assert!(super::cpu_seconds(pid).unwrap() >= 0.0);
        assert!(super::resident_mib(pid).unwrap() > 0.5);
        assert!(super::other_cpu_seconds(pid).unwrap() > 0.0);
    }
}
