//! If the store fails, the client learns only whether to try again.

use contest_core::memory::MemoryStore;
use contest_core::store::{StoreError, async_trait};

use crate::app::{App, user};
use crate::hooked::{Call, Hook, Hooked};

/// Makes every read of a page of contests fail.
#[derive(Debug, Clone, Copy)]
enum Broken {
    ForNow,
    ForGood,
}

#[async_trait]
impl Hook for Broken {
    async fn before(&self, call: Call) -> Result<(), StoreError> {
        let secret = "password=hunter2 SELECT * FROM contests";
        match self {
            _ if call != Call::ListContests => Ok(()),
            Self::ForNow => Err(StoreError::transient(secret)),
            Self::ForGood => Err(StoreError::permanent(secret)),
        }
    }
}

#[tokio::test]
async fn a_failure_says_whether_to_try_again_and_nothing_else() {
    for (broken, status, code) in [
        (Broken::ForNow, 503, "unavailable"),
        (Broken::ForGood, 500, "internal_error"),
    ] {
        let app = App::over(Hooked(MemoryStore::new(), broken)).await;
        let answer = app.get(user(1), "/api/contests").await;
        assert_eq!((answer.status, answer.code()), (status, code));
        assert_eq!(answer.headers.get("retry-after").is_some(), status == 503);
        let text = answer.body.to_string();
        assert!(
            !text.contains("hunter2") && !text.contains("SELECT"),
            "{text}"
        );
    }
}
