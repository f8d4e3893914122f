//! Whether what is held about résumés can be used at all. A fault that is found only when somebody asks
//! refuses everybody who may see the résumé.
//!
//! What must never be here: a schema; entities are checked where policies are at hand.

use super::{About, Between, FactStore, FactsFileError};

impl FactStore {
    /// Checks what renderings and the scan need of each résumé and each pair.
    ///
    /// # Errors
    ///
    /// The first that cannot be read or searched for. No value is in it.
    pub fn check(&self) -> Result<(), FactsFileError> {
        for about in self.about.values() {
            usable(about, None)?;
        }
        for ((_, resource), between) in &self.between {
            let about = self.about.get(resource).cloned().unwrap_or_default();
            usable(&about, Some(between))?;
        }
        Ok(())
    }
}

fn usable(about: &About, between: Option<&Between>) -> Result<(), FactsFileError> {
    about
        .issued(between)
        .map_err(|error| FactsFileError::schema(&error))?;
    let known = about
        .known()
        .map_err(|error| FactsFileError::schema(&error))?;
    let searched = known.known.as_ref().map(drop);
    searched.map_err(|error| FactsFileError::at("known", error))
}
