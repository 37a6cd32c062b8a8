//! Replicas of a server started by this harness.

use crate::testing::keeper::{Keeper, Recipe};
use crate::testing::kept::Kept;
use crate::testing::{HarnessError, binaries};

use super::{Postgres, SERVER};

/// Copies the data of a stopped server, for a standby.
const COPY: &str = r#"cp -R "$primary/data" "$base/data" && rm -f "$base/data/postmaster.pid" && : >"$base/data/standby.signal""#;

impl Postgres {
    /// Starts a streaming replica of this server, which must have been started with
    /// [`PostgresOptions::with_replicas`](super::PostgresOptions::with_replicas). The replica is read-only, and
    /// independent of its primary's end.
    ///
    /// For the copy, this server is stopped with all its connections and started again.
    ///
    /// # Errors
    /// [`HarnessError::NotOurs`] for the server of `DATABASE_URL`; others when one of the two
    /// servers does not work.
    ///
    /// # Cancel safety
    /// Dropped early, this server may stay stopped; a replica that was starting is removed.
    pub async fn start_replica(&self) -> Result<Self, HarnessError> {
        let own = self.own()?;
        let options = own.options.clone();
        let primary = own.kept.directory().to_owned();
        let conninfo = format!("host='{}' user=postgres", primary.display());
        let options = options
            .with_setting("primary_conninfo", conninfo)
            // Reconnects to its primary at once, instead of after five seconds.
            .with_setting("wal_retrieve_retry_interval", "50ms");
        let arguments = options.arguments().collect();
        own.kept.tell(Keeper::quit).await?;
        let copied = Kept::new(move || {
            Ok(Recipe {
                prepare: COPY,
                server: SERVER,
                ending: "QUIT",
                variables: vec![
                    ("programs", binaries::find()?.into()),
                    ("primary", primary.into()),
                ],
                arguments,
            })
        });
        let copied = copied.await;
        own.kept.start(&self.url).await?;
        Self::run(copied?, options).await
    }
}
