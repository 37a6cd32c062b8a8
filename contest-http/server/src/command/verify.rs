//! `verify`: recounts every user's record.

use contest_core::engine::{Engine, Error};
use contest_core::progress::Discrepancy;
use contest_core::{ProblemId, UserId};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::cli::VerifyOptions;
use crate::exit::{Exit, Failure};
use crate::store::Backend;

/// The users on a page of the list.
const PAGE: u32 = 100;
/// The users that are recounted at the same time.
const SIDE_BY_SIDE: usize = 4;

pub(crate) async fn run(options: &VerifyOptions) -> Result<Exit, Failure> {
    let store = Backend::open(&options.store).await?;
    let engine = store.engine().await?;
    let found = verify(&engine, options.rebuild).await;
    let found =
        found.map_err(|error| Failure::new("the store could not be verified").because(error))?;
    let exit = match (found, options.rebuild) {
        (0, _) => {
            println!("every record is correct");
            Exit::Done
        }
        (found, true) => {
            println!("{found} difference(s) corrected");
            Exit::Done
        }
        (found, false) => {
            println!("{found} difference(s): `verify --rebuild` corrects them");
            Exit::Faults
        }
    };
    Ok(super::close(&store, exit).await)
}

/// Prints the differences of each user, and returns their number.
async fn verify(engine: &Engine, rebuild: bool) -> Result<usize, Error> {
    let (mut found, mut last) = (0, None);
    loop {
        let users = engine.users(last, PAGE).await?;
        let Some(next) = users.last() else {
            return Ok(found);
        };
        last = Some(*next);
        let recounts = stream::iter(users).map(|user| recount(engine, user, rebuild));
        let mut recounts = recounts.buffered(SIDE_BY_SIDE);
        while let Some((user, differences)) = recounts.try_next().await? {
            found += differences.len();
            for difference in &differences {
                println!("user {user}: {}", in_words(difference));
            }
        }
    }
}

async fn recount(
    engine: &Engine,
    user: UserId,
    rebuild: bool,
) -> Result<(UserId, Vec<Discrepancy>), Error> {
    let differences = if rebuild {
        engine.rebuild_user(user).await?
    } else {
        engine.verify_user(user).await?
    };
    Ok((user, differences))
}

fn in_words(difference: &Discrepancy) -> String {
    use Discrepancy as D;
    match difference {
        D::NotInLog(problems) => {
            format!("solved in the record, not in the log: {}", listed(problems))
        }
        D::NotCounted(problems) => {
            format!("solved in the log, not in the record: {}", listed(problems))
        }
        D::Seen(problems) => format!(
            "wrong in the record, problems that contests had: {}",
            listed(problems)
        ),
        D::NewlyMarked(problems) => {
            format!(
                "wrong in the record, problems that the open contest newly marked: {}",
                listed(problems)
            )
        }
        D::Ended { recorded, counted } => {
            let counts = [
                ("completed", recorded.completed, counted.completed),
                ("abandoned", recorded.abandoned, counted.abandoned),
                ("expired", recorded.expired, counted.expired),
            ];
            let wrong = counts
                .iter()
                .filter(|(_, recorded, counted)| recorded != counted);
            let wrong = wrong.map(|(name, recorded, counted)| {
                format!("{name} is {recorded}, counted {counted}")
            });
            wrong.collect::<Vec<_>>().join("; ")
        }
        other => format!("{other:?}"),
    }
}

fn listed(problems: &[ProblemId]) -> String {
    let problems = problems.iter().map(ToString::to_string);
    problems.collect::<Vec<_>>().join(", ")
}
