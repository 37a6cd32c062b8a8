//! Use cases: move a user's data from one store to another.

use crate::engine::observe::operation_span;
use crate::engine::run::check_format;
use crate::engine::{Engine, Error};
use crate::fan_out::fan_out;
use crate::id::UserId;
use crate::rules::{ExportUser, ImportUser};
use crate::store::StoreError;
use crate::user::Exported;

impl Engine {
    /// All data of a user except the events, as of one instant. [`import_user`](Self::import_user) of
    /// an engine over any store takes it. `None` for a user without data.
    ///
    /// It costs the reads of [`verify_user`](Self::verify_user) and one more per contest. The value
    /// holds the contests' requests, which may name other users: keep it from users.
    ///
    /// ```
    /// use contest_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let catalogue = Catalogue::neetcode150();
    /// let here = Engine::builder(MemoryStore::with_catalogue(catalogue.clone())).build().await?;
    /// let there = Engine::builder(MemoryStore::with_catalogue(catalogue)).build().await?;
    /// let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
    /// here.record_solve(user, here.catalogue().problems()[0].id).await?;
    ///
    /// let exported = here.export_user(user).await?.ok_or("there is nothing to export")?;
    /// let json = serde_json::to_string(&exported)?;
    /// there.import_user(user, &serde_json::from_str(&json)?).await?;
    /// assert_eq!(there.progress(user).await?.overall().solved, 1);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Refusal::ImportUnfinished`](crate::rules::Refusal::ImportUnfinished) if the user's own import is not
    /// finished; [`Error::Contended`] if the data kept changing, [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn export_user(&self, user: UserId) -> Result<Option<Exported>, Error> {
        self.observe(operation_span!("contest.export_user", user = user), async {
            let Some((record, history)) = self.fresh_answer(user, &ExportUser).await? else {
                return Ok(None);
            };
            let mut contests = history.contests;
            contests.reverse();
            let formats = contests.iter().map(|contest| contest.format);
            check_format(formats.chain([record.format]).max())?;
            // A request never changes, so it fits any version.
            let store = &self.inner.store;
            let ids: Vec<_> = contests.iter().map(|contest| contest.id).collect();
            let requests = ids.into_iter().map(|id| store.contest_request(user, id));
            let requests = fan_out(self.inner.concurrency, requests).await?;
            let requests: Option<Vec<_>> = requests.into_iter().collect();
            let requests = requests.ok_or_else(without_request)?;
            let contests = contests.into_iter().zip(requests);
            Ok(Some(Exported::new(
                record,
                contests,
                history.attempts,
                &self.catalogue(),
            )))
        })
        .await
    }

    /// Imports a value of [`export_user`](Self::export_user) for a user who has no data here. Progress,
    /// days, results, history and replays are as before, the active contest continues, and idempotency
    /// keys stay used. Events are not imported and none is recorded: the user's first event here is
    /// number 1.
    ///
    /// The catalogue here must have all problems in the user's data; [publish](Self::publish_catalogue)
    /// it first. To replay a contest that excluded problems solved by a group, import its members too.
    ///
    /// An import of one contest and up to 500 solves is one commit. A larger one is split: each commit
    /// takes one contest or 500 solves, and the
    /// [timeout](crate::engine::EngineBuilder::operation_timeout) applies to each. Until the last
    /// commit, the user has solved nothing and has no active contest, the history shows the part
    /// imported so far, and every other change is refused.
    ///
    /// Through [`with_store`](Self::with_store) on a transaction of the host, an import is atomic.
    ///
    /// After a failure, import the same value again: the import continues where it stopped. Importing a
    /// value a second time changes nothing, whatever the user has done since. To cancel an import,
    /// erase the user.
    ///
    /// # Errors
    /// See [`ImportUser`]; [`Error::Contended`], [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// A dropped import may be written in part: import the same value again.
    pub async fn import_user(&self, user: UserId, exported: &Exported) -> Result<(), Error> {
        let import = ImportUser::new(exported)?;
        loop {
            let span = operation_span!("contest.import_user", user = user);
            let part = async { Ok(self.run(user, &import).await?.answer) };
            if self.observe(span, part).await? {
                return Ok(());
            }
        }
    }
}

fn without_request() -> StoreError {
    StoreError::inconsistent("a contest has no request, or was erased meanwhile")
}
