//! A file of lines that several threads, revisions and processes append to: each line is whole, or
//! closed before the next.
//!
//! What must never be here: what stands in a line.

use anyhow::{Context, Result, bail};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A file of lines. A line that was not written whole is closed before the next, also by another
/// process, or by the revision before, that has the file open.
pub struct LineFile {
    file: Mutex<Lines>,
    /// How far lines are on the disk, where they must survive a loss of power before a body leaves.
    /// Whoever waits for it finds that one who came before has often written for both.
    synced: Option<Mutex<Synced>>,
}

struct Lines {
    file: File,
    /// A pipe or a device has no end to look at, and nobody to share it with.
    is_file: bool,
    /// Where the file ended, with a whole line, when this last wrote; none where it may not have.
    end: Option<u64>,
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

impl Lines {
    /// Writes a line whole, behind a whole one.
    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        if self.is_file {
            self.file.lock()?;
        }
        let appended = self.append_alone(line);
        if self.is_file {
            // What holds it when this fails is this file, which is then closed or locked again.
            let _ = self.file.unlock();
        }
        appended
    }

    fn append_alone(&mut self, line: &[u8]) -> io::Result<()> {
        let length = match self.is_file {
            true => self.file.metadata()?.len(),
            false => 0,
        };
        // Whoever wrote since then may not have come to an end.
        let is_torn = match (self.end, self.is_file) {
            (Some(end), true) if end == length => false,
            (_, true) => ends_inside_a_line(&mut self.file, length)?,
            (end, false) => end.is_none(),
        };
        self.end = None;
        if is_torn {
            self.file.write_all(b"\n")?;
        }
        self.file.write_all(line)?;
        let written = length + u64::from(is_torn) + u64::try_from(line.len()).unwrap_or(0);
        self.end = Some(if self.is_file { written } else { 0 });
        Ok(())
    }
}

impl fmt::Debug for LineFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LineFile")
    }
}

impl LineFile {
    pub(super) fn open(path: &Path, is_synced: bool) -> Result<Self> {
        make_folder(path)?;
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let at = || path.display().to_string();
        let is_new = !path.exists();
        let file = options.open(path).with_context(at)?;
        if is_new {
            // A new file is lost with the folder's entry for it.
            File::open(folder_of(path))
                .and_then(|folder| folder.sync_all())
                .with_context(at)?;
        }
        let is_file = file.metadata().with_context(at)?.is_file();
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
            // A pipe begins with a line.
            end: (!is_file).then_some(0),
            is_file,
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
        lines.append(line)?;
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

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Makes the folder of a file, where it is missing.
pub(super) fn make_folder(path: &Path) -> Result<()> {
    let folder = folder_of(path);
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())
}

/// Whether a file could be opened as [`LineFile::open`] and a ledger do; nothing is made.
pub(super) fn could_open(path: &Path) -> Result<()> {
    let at = || path.display().to_string();
    // For reading too, as later: a pipe without a reader is not waited for.
    match OpenOptions::new().read(true).append(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut folders = folder_of(path).ancestors();
            let folder = folders.find(|f| f.exists()).unwrap_or(Path::new("."));
            let metadata = std::fs::metadata(folder).with_context(at)?;
            match metadata.is_dir() && !metadata.permissions().readonly() {
                true => Ok(()),
                false => bail!("{}: nothing can be made there", folder.display()),
            }
        }
        opened => opened.map(drop).with_context(at),
    }
}

/// Whether somebody left a line unfinished.
fn ends_inside_a_line(file: &mut File, length: u64) -> io::Result<bool> {
    if length == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
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

    /// Two revisions after a reload, or several processes: one of them breaks off in a line.
    #[test]
    fn a_torn_line_is_closed_whoever_tore_it() {
        let path = path("torn");
        let (one, other) = (
            LineFile::open(&path, true).unwrap(),
            LineFile::open(&path, false).unwrap(),
        );
        one.append(b"1\n").unwrap();
        other.append(b"2\n").unwrap();
        let mut third = OpenOptions::new().append(true).open(&path).unwrap();
        third.write_all(b"to").unwrap();
        one.append(b"3\n").unwrap();
        one.append(b"4\n").unwrap();
        third.write_all(b"rn").unwrap();
        other.append(b"5\n").unwrap();
        one.append(b"6\n").unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "1\n2\nto\n3\n4\nrn\n5\n6\n");
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
