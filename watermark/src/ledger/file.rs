//! A ledger as a file: one JSON object a line, only ever appended to.
//!
//! What must never be here: a row that is believed although its line is not whole.

use super::{Ledger, Row};
use crate::error::LedgerError;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A ledger's file, made readable by its owner alone when it is new. Several processes may append.
#[derive(Debug, Clone)]
pub struct FileLedger {
    path: PathBuf,
}

impl FileLedger {
    /// The ledger at a path. Nothing is opened yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// All rows.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or a line that is no row; the message names file and line. A last
    /// line that was not written to its end is passed over: its body was never sent.
    pub fn rows(&self) -> Result<Vec<Row>, LedgerError> {
        let at = |line: usize, what: &dyn std::fmt::Display| {
            LedgerError::new(format_args!("{}:{line}: {what}", self.path.display()))
        };
        let file = File::open(&self.path).map_err(|e| self.failed(&e))?;
        let mut reader = BufReader::new(file);
        let mut rows = Vec::new();
        for number in 1.. {
            let mut line = Vec::new();
            let read = reader.read_until(b'\n', &mut line);
            if read.map_err(|e| at(number, &e))? == 0 || line.last() != Some(&b'\n') {
                break;
            }
            // A torn line that was closed by the next writer.
            if line.ends_with(TORN) {
                continue;
            }
            rows.push(serde_json::from_slice(&line).map_err(|e| at(number, &e))?);
        }
        Ok(rows)
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> LedgerError {
        LedgerError::new(format_args!("{}: {error}", self.path.display()))
    }

    fn open(path: &Path) -> std::io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path)
    }

    fn write(&self, line: &[u8]) -> std::io::Result<()> {
        let mut file = Self::open(&self.path)?;
        file.lock()?;
        if ends_inside_a_line(&mut file)? {
            file.write_all(TORN)?;
        }
        let is_new = file.metadata()?.len() == 0;
        file.write_all(line)?;
        file.sync_all()?;
        match is_new {
            true => self.sync_folder(),
            false => Ok(()),
        }
    }

    /// A new file is lost with the folder's entry for it.
    fn sync_folder(&self) -> std::io::Result<()> {
        if !cfg!(unix) {
            return Ok(());
        }
        let folder = match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        File::open(folder)?.sync_all()
    }
}

/// Closes a line that an earlier writer did not finish.
const TORN: &[u8] = b" #torn\n";

fn ends_inside_a_line(file: &mut File) -> std::io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

impl Ledger for FileLedger {
    fn append(&self, row: &Row) -> Result<(), LedgerError> {
        let mut line = serde_json::to_vec(row).map_err(LedgerError::new)?;
        line.push(b'\n');
        self.write(&line).map_err(|e| self.failed(&e))
    }
}
