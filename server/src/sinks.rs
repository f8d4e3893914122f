//! Where obligations go: files of JSON lines that are only ever appended to.
//!
//! What must never be here: a value of a résumé. A line has ids, classes, policies and times.

mod line_file;

pub use line_file::LineFile;

use crate::config::ObligationsConfig;
use anyhow::{Context, Result};
use line_file::{could_open, make_folder};
use privet_gateway::decide::Marking;
use privet_watermark::{FileLedger, Marker, PrivateKey, Settings};
use std::sync::Arc;

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
    /// Sees whether the files could be opened and the key be read; nothing is made or written.
    ///
    /// # Errors
    ///
    /// As [`Sinks::open`].
    pub fn check(config: &ObligationsConfig) -> Result<Self> {
        let ledger = config.watermark.as_ref().map(|w| &w.ledger);
        for (name, path) in [
            ("record", config.record.as_ref()),
            ("notify-candidate", config.notify_candidate.as_ref()),
            ("relay-lease", config.relay_lease.as_ref()),
            ("alert", config.alert.as_ref()),
            ("watermark.ledger", ledger),
        ] {
            let could = path.map_or(Ok(()), |path| could_open(path));
            could.with_context(|| format!("obligations.{name}"))?;
        }
        Ok(Self {
            watermark: watermark(config)?,
            ..Self::default()
        })
    }

    /// Opens the files and reads the key. What is missing is made, with its folder.
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
        let watermark = watermark(config)?;
        if let Some(watermark) = &config.watermark {
            make_folder(&watermark.ledger).context("obligations.watermark.ledger")?;
        }
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

fn watermark(config: &ObligationsConfig) -> Result<Option<(Marker, FileLedger)>> {
    let Some(watermark) = &config.watermark else {
        return Ok(None);
    };
    let key = PrivateKey::read(&watermark.key).context("obligations.watermark.key")?;
    let settings = Settings {
        zero_width: watermark.zero_width,
        ..Settings::default()
    };
    let marker = Marker::new(key, &watermark.issuer).with_settings(settings);
    Ok(Some((marker, FileLedger::new(&watermark.ledger))))
}
