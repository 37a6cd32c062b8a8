//! TLS, with the certificates in `tls/`, which are valid for 100 years:
//!
//! ```text
//! openssl ecparam -name prime256v1 -genkey -noout -out key.pem
//! openssl req -new -key key.pem -subj /CN=localhost |
//!     openssl x509 -req -signkey key.pem -days 36500 -out version1.pem
//! openssl req -x509 -key key.pem -subj /CN=localhost -days 36500 -out version3.pem \
//!     -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE
//! ```

use std::net::TcpListener;

use contest_core::store::{StoreError, StoreErrorKind};
use contest_sqlx::postgres::PgStore;
use contest_sqlx::testing::{Postgres, PostgresOptions};
use futures::future::try_join_all;
use sqlx::postgres::PgConnection;
use sqlx::{ConnectOptions as _, Executor as _};

/// Whether this build can do TLS.
const HAS_TLS: bool = cfg!(any(
    feature = "tls-rustls-aws-lc-rs",
    feature = "tls-rustls-ring-native-roots",
    feature = "tls-rustls-ring-webpki",
));

const KEY: &str = include_str!("tls/key.pem");
/// Self-signed, of a version that rustls refuses even without verification.
const VERSION_1: &str = include_str!("tls/version1.pem");
/// Self-signed, otherwise valid.
const VERSION_3: &str = include_str!("tls/version3.pem");

/// A server on a port, with TLS if it has a certificate.
struct Server {
    _postgres: Postgres,
    admin: PgConnection,
    port: u16,
}

impl Server {
    async fn start(certificate: Option<&str>) -> Self {
        let port = free_port();
        let options = PostgresOptions::fast()
            .with_setting("listen_addresses", "127.0.0.1")
            .with_setting("port", port.to_string());
        let postgres = Postgres::start(options).await.unwrap();
        let options = postgres.connect_options().unwrap();
        let mut admin = options.connect().await.unwrap();
        if let Some(certificate) = certificate {
            // Written by the server, so that its account owns them.
            put(&mut admin, "server.crt", certificate).await;
            put(&mut admin, "server.key", KEY).await;
            let turn_on = "ALTER SYSTEM SET ssl = on";
            admin.execute(turn_on).await.unwrap();
            drop(admin);
            postgres.restart().await.unwrap();
            let options = postgres.connect_options().unwrap();
            admin = options.connect().await.unwrap();
        }
        Self {
            _postgres: postgres,
            admin,
            port,
        }
    }

    async fn connect(&self, parameters: &str) -> Result<PgStore, StoreError> {
        let address = format!("postgres://postgres@127.0.0.1:{}/postgres", self.port);
        PgStore::connect(&format!("{address}{parameters}")).await
    }

    /// The numbers of stores' connections with and without TLS.
    async fn connections(&mut self) -> (i64, i64) {
        let count = "SELECT count(*) FILTER (WHERE ssl), count(*) FILTER (WHERE NOT ssl) \
            FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'contest'";
        let counted = sqlx::query_as(count).fetch_one(&mut self.admin).await;
        counted.unwrap()
    }
}

/// A port that is probably still free, because the system does not give a port twice in a row.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

async fn put(admin: &mut PgConnection, file: &str, text: &str) {
    let copy = format!(
        "COPY (SELECT regexp_split_to_table('{}', '\n')) TO PROGRAM 'umask 077; cat > {file}'",
        text.trim()
    );
    admin.execute(sqlx::AssertSqlSafe(copy)).await.unwrap();
}

#[track_caller]
fn assert_says(refused: Result<PgStore, StoreError>, advice: &[&str]) {
    let error = refused.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Permanent, "{error}");
    for part in advice {
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[tokio::test]
async fn prefer_goes_without_tls_where_it_fails_and_other_modes_say_what_to_set() {
    let mut server = Server::start(Some(VERSION_1)).await;
    let stores = ["", "?sslmode=prefer"].map(|parameters| server.connect(parameters));
    let stores = try_join_all(stores).await.unwrap();
    for store in &stores {
        store.migrate().await.unwrap();
        store.ping().await.unwrap();
    }
    assert_eq!(server.connections().await, (0, 2));
    let advice = if HAS_TLS {
        ["version 3", "sslrootcert", "sslmode=disable"]
    } else {
        ["contest-sqlx", "tls-rustls-aws-lc-rs", "sslmode=disable"]
    };
    // Not `verify-ca`: there, sqlx 0.9.0 leaves the choice between aws-lc-rs and ring to rustls, which
    // panics if a build has both and the process has chosen none.
    for mode in ["require", "verify-full"] {
        let refused = server.connect(&format!("?sslmode={mode}")).await;
        assert_says(refused, &advice);
    }
}

#[tokio::test]
async fn prefer_uses_tls_where_it_works() {
    let mut server = Server::start(Some(VERSION_3)).await;
    let store = server.connect("").await.unwrap();
    let expected = if HAS_TLS { (1, 0) } else { (0, 1) };
    assert_eq!(server.connections().await, expected);
    drop(store);
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_tls_is_required() {
    let server = Server::start(None).await;
    server.connect("").await.unwrap();
    let advice = if HAS_TLS {
        "ssl = on"
    } else {
        "tls-rustls-aws-lc-rs"
    };
    let refused = server.connect("?sslmode=require").await;
    assert_says(refused, &[advice, "sslmode=disable"]);
}
