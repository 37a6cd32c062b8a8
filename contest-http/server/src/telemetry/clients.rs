//! The client and the user of a request, as the log names them.

use std::fmt::Display;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::num::NonZeroU8;
use std::sync::{Arc, OnceLock};

use contest_core::UserId;
use contest_http::identity::async_trait;
use contest_http::{Identity, ProblemDetails};
use contest_server::protect::Proxies;
use http::request::Parts;

use crate::cli::LogClients;

/// Names clients and users in the log.
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    how: LogClients,
    proxies: Proxies,
    /// A random key of this process. Without a key, hashing all addresses would undo the hashes.
    key: RandomState,
}

impl Clients {
    /// Behind this many proxies.
    pub(crate) fn new(how: LogClients, proxies: u8) -> Self {
        let proxies = NonZeroU8::new(proxies).map(Proxies::some);
        Self {
            how,
            proxies: proxies.unwrap_or_default(),
            key: RandomState::new(),
        }
    }

    /// The name of the request's address.
    pub(super) fn address(&self, request: &Parts) -> Option<String> {
        self.name(self.proxies.address(request)?.to_canonical())
    }

    /// The name of the user, once the request is identified.
    pub(super) fn user(&self, identified: &Identified) -> Option<String> {
        self.name(identified.0.get()?)
    }

    fn name(&self, of: impl Display + Hash) -> Option<String> {
        match self.how {
            LogClients::Plain => Some(of.to_string()),
            LogClients::Hashed => Some(format!("{:016x}", self.key.hash_one(of))),
            LogClients::Off => None,
        }
    }
}

/// The user of a request, in its extensions, for the layers outside of its identification.
#[derive(Debug, Clone, Default)]
pub(super) struct Identified(Arc<OnceLock<UserId>>);

/// Tells the log who is identified.
#[derive(Debug, Clone)]
pub(crate) struct Named<I>(pub(crate) I);

#[async_trait]
impl<I: Identity> Identity for Named<I> {
    async fn identify(&self, request: &Parts) -> Result<UserId, ProblemDetails> {
        let user = self.0.identify(request).await?;
        if let Some(identified) = request.extensions.get::<Identified>() {
            identified.0.get_or_init(|| user);
        }
        Ok(user)
    }
}
