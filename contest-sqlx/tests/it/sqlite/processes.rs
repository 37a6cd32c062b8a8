//! Several processes on one file, and processes that are killed.

use std::collections::HashSet;
use std::thread::sleep;
use std::time::Duration;

use contest_core::store::{ContestPage, ContestRepository, ProblemRepository};

use crate::sqlite::child::{go, lines, start};
use crate::sqlite::support::{Dice, Directory, fresh, open};
use crate::sqlite::work::{Done, catalogue, check_done, check_whole, user};

#[tokio::test]
async fn i1_i7_processes_that_hammer_one_user_make_one_contest_and_one_solve_of_each() {
    let (directory, store) = fresh().await;
    store.publish_catalogue(&catalogue(300)).await.unwrap();
    let file = directory.database();
    let mut children: Vec<_> = (0..4).map(|n| start("hammer", &file, n)).collect();
    go(&mut children);
    let said: Vec<_> = children.iter_mut().flat_map(lines).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let after = |word: &str| -> Vec<&str> {
        let rest = said.iter().filter_map(|line| line.strip_prefix(word));
        rest.map(str::trim).collect()
    };
    let created = after("created");
    assert_eq!(created.len(), 1, "{created:?}");
    let active = after("active");
    assert_eq!(active.len(), 399);
    assert!(active.iter().all(|contest| *contest == created[0]));
    let solved = after("solved");
    assert_eq!(solved.len(), 100);
    assert_eq!(solved.iter().collect::<HashSet<_>>().len(), 100);
    let page = ContestPage {
        before: None,
        limit: 10,
    };
    assert_eq!(store.list_contests(user(9), page).await.unwrap().len(), 1);
    assert_eq!(store.verify().await.unwrap(), []);
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_when_a_process_is_killed() {
    let (directory, store) = fresh().await;
    store.publish_catalogue(&catalogue(3_000)).await.unwrap();
    drop(store);
    let file = directory.database();
    let mut dice = Dice(9);
    let mut acknowledged = Vec::new();
    for round in 0..10 {
        // Two at a time, so that one is killed while the other writes.
        let [mut first, mut second] = [2 * round, 2 * round + 1].map(|n| start("work", &file, n));
        go([&mut first, &mut second]);
        let mut said = lines(&mut first);
        let before = usize::try_from(5 + dice.below(40)).unwrap();
        let mut round: Vec<_> = said.by_ref().take(before).collect();
        sleep(Duration::from_micros(dice.below(3_000)));
        first.kill().unwrap();
        sleep(Duration::from_micros(dice.below(3_000)));
        second.kill().unwrap();
        round.extend(said);
        round.extend(lines(&mut second));
        first.wait().unwrap();
        second.wait().unwrap();
        acknowledged.extend(round.iter().filter_map(|line| Done::parse(line)));
        let store = open(&file).await.unwrap();
        check_done(&store, &acknowledged).await;
        check_whole(&store).await;
        store.close(Duration::from_secs(5)).await.unwrap();
    }
    println!("{} writes were acknowledged", acknowledged.len());
    assert!(
        acknowledged.len() > 100,
        "only {} writes",
        acknowledged.len()
    );
}

#[tokio::test]
async fn ten_processes_that_start_at_once_migrate_a_new_file_once() {
    let directory = Directory::new();
    let file = directory.database();
    let mut children: Vec<_> = (0..10).map(|n| start("migrate", &file, n)).collect();
    go(&mut children);
    for child in &mut children {
        assert_eq!(lines(child).collect::<Vec<_>>(), ["done"]);
        assert!(child.wait().unwrap().success());
    }
    let store = open(&file).await.unwrap();
    store.ping().await.unwrap();
}
