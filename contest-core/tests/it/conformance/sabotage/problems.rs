//! Breaking promises about problems.

use async_trait::async_trait;
use contest_core::catalogue::Catalogue;
use contest_core::model::Problem;
use contest_core::store::{ProblemRepository, PublishError, StoreError};

use super::{Sabotage, Sabotaged, pause};

fn problems(catalogue: &Catalogue) -> impl Iterator<Item = Problem> {
    catalogue
        .problems()
        .iter()
        .map(|problem| Problem::clone(problem))
}

#[async_trait]
impl ProblemRepository for Sabotaged {
    async fn load_catalogue(&self) -> Result<Catalogue, StoreError> {
        let loaded = self.placed(self.inner.load_catalogue()).await??;
        let revision = loaded.revision();
        Ok(match self.how {
            Sabotage::StartsAtRevisionOne => loaded.with_revision(revision.max(1)),
            Sabotage::CountsEveryPublication => loaded.with_revision(self.state().publications),
            Sabotage::SortsTopics => {
                let sorted = problems(&loaded).map(|mut problem| {
                    problem.topics.sort();
                    problem
                });
                Catalogue::new(sorted).unwrap().with_revision(revision)
            }
            Sabotage::LoadsInTwoSteps => {
                pause().await;
                self.inner.load_catalogue().await?.with_revision(revision)
            }
            _ => loaded,
        })
    }

    async fn publish_catalogue(&self, catalogue: &Catalogue) -> Result<u64, PublishError> {
        let stored = self.inner.load_catalogue().await?;
        let published = match self.how {
            Sabotage::BindsFewValues if catalogue.problems().len() > 900 => {
                return Err(StoreError::permanent("too many values").into());
            }
            Sabotage::KeepsOldTitles => with_old_titles(&stored, catalogue),
            Sabotage::RetiresNothing => {
                let lacking = problems(&stored).filter(|p| catalogue.get(p.id).is_none());
                Catalogue::new(problems(catalogue).chain(lacking)).unwrap_or(catalogue.clone())
            }
            Sabotage::RefusesTradedSlugs => {
                refuse_traded(&stored, catalogue)?;
                catalogue.clone()
            }
            Sabotage::PublishesInTwoSteps => {
                let half = problems(catalogue).take(catalogue.problems().len() / 2);
                let rest = problems(&stored)
                    .filter(|p| catalogue.get(p.id).is_some())
                    .skip(half.size_hint().0);
                if let Ok(half) = Catalogue::new(half.chain(rest)) {
                    self.inner.publish_catalogue(&half).await?;
                }
                pause().await;
                catalogue.clone()
            }
            _ => catalogue.clone(),
        };
        self.state().publications += 1;
        self.state().publishing = true;
        if self.is(Sabotage::LosesSolvesWhilePublishing) {
            pause().await;
        }
        let answer = self.inner.publish_catalogue(&published).await;
        self.state().publishing = false;
        match answer {
            Err(PublishError::SlugTaken { slug, stored })
                if self.is(Sabotage::PublishesAroundTakenSlugs) =>
            {
                let fine = problems(catalogue).filter(|problem| problem.slug != slug);
                let owner = problems(&self.inner.load_catalogue().await?).find(|p| p.id == stored);
                let fine = Catalogue::new(fine.chain(owner)).unwrap();
                self.inner.publish_catalogue(&fine).await?;
                Err(PublishError::SlugTaken { slug, stored })
            }
            Ok(_) if self.is(Sabotage::CountsEveryPublication) => Ok(self.state().publications),
            answer => answer,
        }
    }
}

fn with_old_titles(stored: &Catalogue, new: &Catalogue) -> Catalogue {
    let titled = problems(new).map(|mut problem| {
        if let Some(old) = stored.get(problem.id) {
            problem.title.clone_from(&old.title);
        }
        problem
    });
    Catalogue::new(titled).unwrap()
}

/// As a unique index would that is checked row by row.
fn refuse_traded(stored: &Catalogue, new: &Catalogue) -> Result<(), PublishError> {
    for problem in new.problems() {
        let owner = stored.by_slug(&problem.slug);
        if let Some(owner) = owner.filter(|owner| owner.id != problem.id) {
            return Err(PublishError::SlugTaken {
                slug: owner.slug.clone(),
                stored: owner.id,
            });
        }
    }
    Ok(())
}
