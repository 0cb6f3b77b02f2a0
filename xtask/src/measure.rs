//! Runs one side of a comparison and measures it the same way for every side.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// What one process took, and what it said.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    /// From start to exit, start-up and loading included.
    pub(crate) wall_seconds: f64,
    /// User and system time, from `/proc` on Linux (10 ms steps); `None` elsewhere.
    pub(crate) cpu_seconds: Option<f64>,
    /// Peak resident memory, from `/proc` on Linux; `None` elsewhere.
    pub(crate) peak_bytes: Option<u64>,
    /// The object on the last line of its standard output.
    pub(crate) said: Value,
}

impl Measured {
    /// Seconds of `stage` as the process timed it itself; `wall` is the whole process.
    pub(crate) fn seconds(&self, stage: &str) -> Option<f64> {
        if stage == "wall" { Some(self.wall_seconds) } else { self.said["timings"][stage].as_f64() }
    }

    pub(crate) fn figure(&self, name: &str) -> Option<f64> {
        self.said["figures"][name].as_f64()
    }
}

/// Runs `command`, which prints one JSON object on its last line of standard output.
pub(crate) fn run(command: &mut Command, accept: &[i32]) -> Result<Measured, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let began = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("failed to start `{name}`: {error}"))?;
    let mut stdout = child.stdout.take().ok_or("no pipe to the process")?;
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).map(|_| text)
    });
    let (mut peak_bytes, mut cpu_seconds) = (None, None);
    let status = loop {
        // Read before asking for the exit: once reaped, the process has no `/proc` entry.
        peak_bytes = peak_resident(child.id()).max(peak_bytes);
        cpu_seconds = cpu_time(child.id()).or(cpu_seconds);
        if let Some(status) =
            child.try_wait().map_err(|error| format!("failed to wait for `{name}`: {error}"))?
        {
            break status;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let wall_seconds = began.elapsed().as_secs_f64();
    let text =
        reader.join().map_err(|_| "the reader of the output failed")?.map_err(|error| error.to_string())?;
    if !status.success() && !status.code().is_some_and(|code| accept.contains(&code)) {
        return Err(format!("`{name}` failed ({status})"));
    }
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let said = serde_json::from_str(last)
        .map_err(|error| format!("`{name}` did not end with a JSON object on standard output: {error}"))?;
    Ok(Measured { wall_seconds, cpu_seconds, peak_bytes, said })
}

fn peak_resident(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let bytes = line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024;
    // Less than a process has before its program is loaded: it was looked at too early, and over before the next look.
    (bytes >= 1 << 20).then_some(bytes)
}

fn cpu_time(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // Fields after the name in parentheses, which may hold spaces: user and system time are the 12th and 13th.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    // The kernel's ABI unit for user space is a hundredth of a second.
    Some(ticks as f64 / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_is_the_answer_and_failure_is_an_error() {
        let shell = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            command
        };
        let good = r#"echo noise; echo '{"timings":{"fit":0.5},"figures":{"auc":0.6}}'; sleep 0.05"#;
        let measured = run(&mut shell(good), &[]).unwrap();
        assert_eq!((measured.seconds("fit"), measured.figure("auc")), (Some(0.5), Some(0.6)));
        assert!(measured.seconds("wall").unwrap() >= 0.05 && measured.seconds("other").is_none());
        assert!(run(&mut shell("echo '{}'; exit 1"), &[]).unwrap_err().contains("failed"));
        assert!(run(&mut shell("echo '{}'; exit 1"), &[1]).is_ok());
        assert!(run(&mut shell("echo hello"), &[]).unwrap_err().contains("JSON"));
    }
}
