//! History: pages of contests and attempts, each with the version of the user as of the same instant.

use async_trait::async_trait;
use contest_core::id::{ContestId, UserId, Version};
use contest_core::select::SelectionRequest;
use contest_core::store::{
    AttemptPage, ContestList, ContestPage, HistoryPage, HistoryRepository, StoreError, TimeOrder,
};
use contest_core::time::Timestamp;
use contest_core::user::AttemptRecord;
use sqlx::error::BoxDynError;
use sqlx::postgres::PgRow;
use sqlx::{Row as _, ValueRef as _};
use uuid::Uuid;

use super::PgStore;
use super::cells::column;
use super::error::from_sqlx;
use super::time::PgTime;
use super::user::{read_contest, record};
use crate::encoding::{
    from_contest, from_json, from_signed, from_submission, inconsistent, to_contest, to_submission,
    to_verdict,
};

pub(super) const LIST_CONTESTS: &str = "
SELECT u.version, u.state, u.solved, u.seen, ARRAY(
    SELECT c.value FROM {schema}.contests c
    WHERE c.user_id = $1 AND c.contest_id <= $2 ORDER BY c.contest_id DESC LIMIT $3
) AS contests
FROM {schema}.user_records u WHERE u.user_id = $1";

// From here on, each answer has at least one row for a user with a record; if the page is empty, the columns
// of the item are null.

macro_rules! attempts {
    ($follows:literal, $order:literal) => {
        concat!(
            "
SELECT u.version, p.at AS present, p.*
FROM {schema}.user_records u LEFT JOIN (
    SELECT at, problem, contest, submission, verdict, score, epoch, recorded_at, undone_at
    FROM {schema}.attempts
    WHERE user_id = $1 AND (at, problem, contest, submission) ",
            $follows,
            " ($2, $3, $4, $5)
    ORDER BY at ",
            $order,
            ", problem ",
            $order,
            ", contest ",
            $order,
            ", submission ",
            $order,
            " LIMIT $6
) p ON true
WHERE u.user_id = $1 ORDER BY p.at ",
            $order,
            ", p.problem ",
            $order,
            ", p.contest ",
            $order,
            ", p.submission ",
            $order
        )
    };
}

pub(super) const OLDEST_ATTEMPTS: &str = attempts!(">", "ASC");
pub(super) const LATEST_ATTEMPTS: &str = attempts!("<", "DESC");

pub(super) const COUNT_SOLVES: &str = "
SELECT u.version, p.place AS present, p.solved
FROM {schema}.user_records u LEFT JOIN (
    SELECT width_bucket(a.at, $2::timestamptz[]) AS place, count(DISTINCT a.problem) AS solved
    FROM {schema}.attempts a
    WHERE a.user_id = $1 AND a.at >= $3 AND a.at < $4
        AND a.undone_at IS NULL AND a.verdict = 'accepted'
    GROUP BY 1
) p ON true
WHERE u.user_id = $1";

pub(super) const CONTEST_REQUEST: &str = "
SELECT value FROM {schema}.contest_requests WHERE user_id = $1 AND contest_id = $2";

#[async_trait]
impl HistoryRepository for PgStore {
    async fn list_contests(
        &self,
        user: UserId,
        page: ContestPage,
    ) -> Result<ContestList, StoreError> {
        let id = |before: ContestId| before.as_uuid().as_u128().checked_sub(1);
        // No id is smaller than the nil id, but the version is still needed.
        let (last, limit) = match page.before.map_or(Some(u128::MAX), id) {
            Some(last) => (Uuid::from_u128(last), i64::from(page.limit)),
            None => (Uuid::nil(), 0),
        };
        let statement = &self.sql().list_contests;
        let rows = self.fetch(|| {
            statement
                .query()
                .bind(user.as_uuid())
                .bind(last)
                .bind(limit)
        });
        let rows = rows.await?;
        let Some(row) = rows.first() else {
            return Ok(ContestList::default());
        };
        let contests: Vec<String> = column(row, "contests")?;
        Ok(ContestList {
            record: record(row, user)?,
            items: contests
                .iter()
                .map(|value| read_contest(value, user))
                .collect::<Result<_, _>>()?,
        })
    }

    async fn list_attempts(
        &self,
        user: UserId,
        page: AttemptPage,
    ) -> Result<HistoryPage<AttemptRecord>, StoreError> {
        let (list, end) = match page.order {
            TimeOrder::OldestFirst => (&self.sql().oldest_attempts, i64::MIN),
            TimeOrder::LatestFirst => (&self.sql().latest_attempts, i64::MAX),
        };
        // Without a key: a key before or after all attempts.
        let (at, problem, contest, submission) = match &page.after {
            None => (Timestamp::from_micros(end), Uuid::nil(), Uuid::nil(), ""),
            Some(key) => (
                key.at,
                key.problem.as_uuid(),
                from_contest(key.contest),
                from_submission(key.submission.as_ref()),
            ),
        };
        let rows = self.fetch(|| {
            let query = list.query().bind(user.as_uuid()).bind(PgTime::nearest(at));
            query
                .bind(problem)
                .bind(contest)
                .bind(submission.to_owned())
                .bind(i64::from(page.limit))
        });
        history_page(&rows.await?, |row| attempt(row, user))
    }

    async fn count_solves(
        &self,
        user: UserId,
        bounds: &[Timestamp],
    ) -> Result<HistoryPage<u64>, StoreError> {
        let times: Vec<_> = bounds.iter().copied().map(PgTime::nearest).collect();
        let none = PgTime::nearest(Timestamp::from_micros(0));
        let first = times.first().copied().unwrap_or(none);
        let last = times.last().copied().unwrap_or(none);
        let count = &self.sql().count_solves;
        let rows = self.fetch(|| {
            let query = count.query().bind(user.as_uuid()).bind(times.clone());
            query.bind(first).bind(last)
        });
        let page = history_page(&rows.await?, |row| {
            let place: i32 = column(row, "present")?;
            let solved: i64 = column(row, "solved")?;
            Ok((place, solved.unsigned_abs()))
        })?;
        let mut counts = vec![0; bounds.len().saturating_sub(1)];
        for (place, solved) in page.items {
            // Places count from one.
            let place = usize::try_from(place)
                .ok()
                .and_then(|place| place.checked_sub(1));
            if let Some(count) = place.and_then(|place| counts.get_mut(place)) {
                *count = solved;
            }
        }
        Ok(HistoryPage {
            version: page.version,
            items: counts,
        })
    }

    async fn contest_request(
        &self,
        user: UserId,
        contest: ContestId,
    ) -> Result<Option<SelectionRequest>, StoreError> {
        let find = &self.sql().contest_request;
        let rows = self.fetch(|| find.query().bind(user.as_uuid()).bind(contest.as_uuid()));
        let rows = rows.await?;
        let read = |row: &PgRow| {
            let value: &str = column(row, "value")?;
            from_json(value, "contest_requests", "value", contest)
        };
        rows.first().map(read).transpose()
    }
}

/// A page from rows with the version and, if `present` is not null, an item.
fn history_page<T>(
    rows: &[PgRow],
    read: impl Fn(&PgRow) -> Result<T, StoreError>,
) -> Result<HistoryPage<T>, StoreError> {
    let mut page = HistoryPage {
        version: None,
        items: Vec::new(),
    };
    for row in rows {
        page.version = Some(Version::from_uuid(column(row, "version")?));
        if !row.try_get_raw("present").map_err(from_sqlx)?.is_null() {
            page.items.push(read(row)?);
        }
    }
    Ok(page)
}

fn attempt(row: &PgRow, user: UserId) -> Result<AttemptRecord, StoreError> {
    const TABLE: &str = "attempts";
    let time = |name, time: PgTime| {
        let wrong = |error: BoxDynError| inconsistent(TABLE, name, user, error);
        Timestamp::try_from(time).map_err(wrong)
    };
    let undone: Option<PgTime> = column(row, "undone_at")?;
    let score: Option<&str> = column(row, "score")?;
    let score = score.map(|score| from_json(score, TABLE, "score", user));
    Ok(AttemptRecord {
        at: time("at", column(row, "at")?)?,
        problem: column::<Uuid>(row, "problem")?.into(),
        contest: to_contest(column(row, "contest")?),
        submission: to_submission(column(row, "submission")?, TABLE, user)?,
        verdict: to_verdict(column(row, "verdict")?, TABLE, user)?,
        score: score.transpose()?,
        epoch: from_signed(column(row, "epoch")?, TABLE, "epoch", user)?,
        recorded_at: time("recorded_at", column(row, "recorded_at")?)?,
        undone_at: undone.map(|at| time("undone_at", at)).transpose()?,
    })
}
