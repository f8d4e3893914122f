//! Where obligations go: files of JSON lines that are only ever appended to.
//!
//! What must never be here: a value of a résumé. A line has ids, classes, policies and times.

use crate::config::ObligationsConfig;
use anyhow::{Context, Result};
use privet_gateway::decide::Marking;
use privet_watermark::{FileLedger, Marker, PrivateKey, Settings};
use serde_json::Value;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// A file of lines. A line that was not written whole is closed before the next.
pub struct LineFile {
    file: Mutex<(File, bool)>,
    /// Whether a line survives a loss of power before the body leaves.
    is_synced: bool,
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
        let mut file = options
            .open(path)
            .with_context(|| path.display().to_string())?;
        let is_torn = ends_inside_a_line(&mut file).with_context(|| path.display().to_string())?;
        Ok(Self {
            file: Mutex::new((file, is_torn)),
            is_synced,
        })
    }

    /// Appends a line.
    ///
    /// # Errors
    ///
    /// When it is not written whole; the disk is full, say.
    pub fn append(&self, value: &Value) -> io::Result<()> {
        let mut line = value.to_string();
        line.push('\n');
        let mut guard = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, is_torn) = &mut *guard;
        if *is_torn {
            file.write_all(b"\n")?;
            *is_torn = false;
        }
        let written = file.write_all(line.as_bytes());
        *is_torn = written.is_err();
        written?;
        match self.is_synced {
            true => file.sync_data(),
            false => Ok(()),
        }
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
    notify: Option<LineFile>,
    lease: Option<LineFile>,
    alert: Option<LineFile>,
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
            notify: open("notify-candidate", &config.notify_candidate, true)?,
            lease: open("relay-lease", &config.relay_lease, true)?,
            alert: open("alert", &config.alert, false)?,
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
    pub fn queue(&self, obligation: &str) -> Option<&LineFile> {
        match obligation {
            "notify-candidate" => self.notify.as_ref(),
            "relay-lease" => self.lease.as_ref(),
            "alert" => self.alert.as_ref(),
            _ => None,
        }
    }
}
