//! Where obligations go: files of JSON lines that are only ever appended to.
//!
//! What must never be here: a value of a résumé. A line has ids, classes, policies and times.

use crate::config::ObligationsConfig;
use anyhow::{Context, Result};
use privet_gateway::decide::Marking;
use privet_watermark::{FileLedger, Marker, PrivateKey, Settings};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A file of lines. A line that was not written whole is closed before the next.
pub struct LineFile {
    file: Mutex<Lines>,
    /// How far lines are on the disk, where they must survive a loss of power before a body leaves.
    /// Whoever waits for it finds that one who came before has often written for both.
    synced: Option<Mutex<Synced>>,
}

struct Lines {
    file: File,
    is_torn: bool,
    /// Lines so far.
    count: u64,
}

/// Lines by their numbers, from one on.
struct Synced {
    file: File,
    /// The last one that the disk was asked for.
    last: u64,
    /// The first and the last one of which the disk said that they may be lost.
    lost: Option<(u64, u64)>,
}

impl Synced {
    /// Whether a line is on the disk; `last` is the last one that was written.
    fn holds(&mut self, line: u64, last: impl FnOnce() -> u64) -> io::Result<()> {
        if line > self.last {
            let first = self.last + 1;
            self.last = last();
            if let Err(error) = self.file.sync_data() {
                // A system tells this once, so it is kept for those who wait.
                let from = self.lost.map_or(first, |(from, _)| from);
                self.lost = Some((from, self.last));
                return Err(error);
            }
        }
        match self.lost {
            Some((from, to)) if (from..=to).contains(&line) => {
                Err(io::Error::other("the line may not be on the disk"))
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for LineFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LineFile")
    }
}

impl LineFile {
    fn open(path: &Path, is_synced: bool) -> Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let at = || path.display().to_string();
        let mut file = options.open(path).with_context(at)?;
        let is_torn = ends_inside_a_line(&mut file).with_context(at)?;
        let synced = match is_synced {
            true => Some(Mutex::new(Synced {
                file: file.try_clone().with_context(at)?,
                last: 0,
                lost: None,
            })),
            false => None,
        };
        let lines = Lines {
            file,
            is_torn,
            count: 0,
        };
        Ok(Self {
            file: Mutex::new(lines),
            synced,
        })
    }

    /// Appends a line, which brings its own end, and gives its number.
    ///
    /// # Errors
    ///
    /// When it is not written whole; the disk is full, say.
    pub fn append(&self, line: &[u8]) -> io::Result<u64> {
        let mut lines = self.lines();
        if lines.is_torn {
            lines.file.write_all(b"\n")?;
            lines.is_torn = false;
        }
        let written = lines.file.write_all(line);
        lines.is_torn = written.is_err();
        written?;
        lines.count += 1;
        Ok(lines.count)
    }

    /// Waits until a line is on the disk, where it must be.
    ///
    /// # Errors
    ///
    /// When it may not be there.
    pub fn settle(&self, line: u64) -> io::Result<()> {
        let Some(synced) = &self.synced else {
            return Ok(());
        };
        let mut synced = synced.lock().unwrap_or_else(PoisonError::into_inner);
        synced.holds(line, || self.lines().count)
    }

    /// Whether there is something to wait for.
    pub fn is_synced(&self) -> bool {
        self.synced.is_some()
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether another process left a line unfinished. A pipe or a device has no end to look at.
fn ends_inside_a_line(file: &mut File) -> io::Result<bool> {
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// What is done about obligations.
#[derive(Debug, Default)]
pub struct Sinks {
    /// The decision log.
    pub record: Option<LineFile>,
    notify: Option<Arc<LineFile>>,
    lease: Option<Arc<LineFile>>,
    alert: Option<Arc<LineFile>>,
    watermark: Option<(Marker, FileLedger)>,
}

impl Sinks {
    /// Opens the files and reads the key.
    ///
    /// # Errors
    ///
    /// A file that cannot be written, a key that cannot be read.
    pub fn open(config: &ObligationsConfig) -> Result<Self> {
        let open = |name: &str, path: &Option<std::path::PathBuf>, synced: bool| match path {
            Some(path) => LineFile::open(path, synced)
                .map(Some)
                .with_context(|| format!("obligations.{name}")),
            None => Ok(None),
        };
        let is_synced = config.sync.unwrap_or(true);
        let watermark = match &config.watermark {
            Some(watermark) => {
                let key = PrivateKey::read(&watermark.key).context("obligations.watermark.key")?;
                let settings = Settings {
                    zero_width: watermark.zero_width,
                    ..Settings::default()
                };
                let marker = Marker::new(key, &watermark.issuer).with_settings(settings);
                Some((marker, FileLedger::new(&watermark.ledger)))
            }
            None => None,
        };
        Ok(Self {
            record: open("record", &config.record, false)?,
            notify: open("notify-candidate", &config.notify_candidate, is_synced)?.map(Arc::new),
            lease: open("relay-lease", &config.relay_lease, is_synced)?.map(Arc::new),
            alert: open("alert", &config.alert, false)?.map(Arc::new),
            watermark,
        })
    }

    /// What marks are made with.
    pub fn marking(&self) -> Option<Marking<'_>> {
        let (marker, ledger) = self.watermark.as_ref()?;
        Some(Marking { marker, ledger })
    }

    /// Whether an obligation can be met at all.
    pub fn has(&self, obligation: &str) -> bool {
        match obligation {
            "record" => self.record.is_some(),
            "watermark" => self.watermark.is_some(),
            name => self.queue(name).is_some(),
        }
    }

    /// The file of an obligation that is queued for somebody else.
    pub fn queue(&self, obligation: &str) -> Option<&Arc<LineFile>> {
        match obligation {
            "notify-candidate" => self.notify.as_ref(),
            "relay-lease" => self.lease.as_ref(),
            "alert" => self.alert.as_ref(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::sync::Barrier;

    fn path(name: &str) -> std::path::PathBuf {
        std::env::temp_dir().join(format!("privet-sinks-{name}-{}", std::process::id()))
    }

    #[test]
    fn lines_of_many_threads_are_whole_and_all_there() {
        let path = path("threads");
        let file = LineFile::open(&path, true).unwrap();
        let all = Barrier::new(8);
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let (file, all) = (&file, &all);
                scope.spawn(move || {
                    all.wait();
                    for line in 0..50 {
                        let line = format!("{}\n", json!([thread, line]));
                        let line = file.append(line.as_bytes()).unwrap();
                        file.settle(line).unwrap();
                    }
                });
            }
        });
        let text = std::fs::read_to_string(&path).unwrap();
        let mut lines: Vec<[u64; 2]> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        lines.sort_unstable();
        let wanted: Vec<[u64; 2]> = (0..8).flat_map(|t| (0..50).map(move |l| [t, l])).collect();
        assert_eq!(lines, wanted);
        std::fs::remove_file(&path).unwrap();
    }

    /// A pipe cannot be synced, which stands for a disk that fails.
    #[test]
    fn what_the_disk_lost_is_lost_for_all_who_wait() {
        let (_reader, writer) = io::pipe().unwrap();
        let mut synced = Synced {
            file: File::from(std::os::fd::OwnedFd::from(writer)),
            last: 0,
            lost: None,
        };
        // Three lines were written; the third's thread came first.
        assert!(synced.holds(3, || 3).is_err());
        assert!(synced.holds(1, || 3).is_err());
        assert!(synced.holds(2, || 3).is_err());
        // The disk is well again: what comes later is kept, what was lost stays so.
        let path = path("lost");
        synced.file = File::create(&path).unwrap();
        assert!(synced.holds(4, || 5).is_ok());
        assert!(synced.holds(5, || 5).is_ok());
        assert!(synced.holds(2, || 5).is_err());
        std::fs::remove_file(&path).unwrap();
    }
}
