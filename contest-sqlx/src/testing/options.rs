//! Options of a server for tests.

/// Settings of a server started with [`Postgres::start`](super::Postgres::start).
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    settings: Vec<(String, String)>,
}

impl PostgresOptions {
    /// As fast as possible: nothing is forced to disk, and a crash may lose everything.
    pub fn fast() -> Self {
        let lossy = ["fsync", "synchronous_commit", "full_page_writes"];
        let lossy = lossy.map(|name| (name.into(), "off".into()));
        let durable = Self::durable();
        Self {
            settings: durable.settings.into_iter().chain(lossy).collect(),
        }
    }

    /// Durable: commits survive a crash.
    pub fn durable() -> Self {
        let settings = [
            ("listen_addresses", ""),
            ("port", "5432"),
            ("max_connections", "200"),
            ("wal_level", "minimal"),
            ("max_wal_senders", "0"),
            ("log_checkpoints", "off"),
        ];
        Self {
            settings: settings
                .map(|(name, value)| (name.into(), value.into()))
                .into(),
        }
    }

    /// With a setting of `postgresql.conf`, which replaces an earlier one of the same name.
    #[must_use]
    pub fn with_setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// The port, which names the socket: 5432 unless set.
    pub(super) fn port(&self) -> &str {
        let port = self.settings.iter().rfind(|(name, _)| name == "port");
        port.map_or("5432", |(_, port)| port)
    }

    /// With the settings that replicas need: see
    /// [`Postgres::start_replica`](super::Postgres::start_replica).
    #[must_use]
    pub fn with_replicas(self) -> Self {
        let needed = [
            ("wal_level", "replica"),
            ("max_wal_senders", "8"),
            // More than a test writes, so that a replica finds all WAL after an interruption.
            ("wal_keep_size", "1GB"),
        ];
        needed.into_iter().fold(self, |options, (name, value)| {
            options.with_setting(name, value)
        })
    }

    /// The settings as arguments of `postgres`.
    pub(super) fn arguments(&self) -> impl Iterator<Item = String> {
        self.settings
            .iter()
            .flat_map(|(name, value)| ["-c".to_owned(), format!("{name}={value}")])
    }
}

impl Default for PostgresOptions {
    /// [`fast`](Self::fast).
    fn default() -> Self {
        Self::fast()
    }
}
