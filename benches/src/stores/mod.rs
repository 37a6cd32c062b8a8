//! What the benchmarks of the stores do with a store, whichever it is.

mod comparison;
mod cycle;
mod floor;
mod reads;
mod solver;
mod stored;

pub use comparison::{Pair, Scale};
pub use cycle::{Cycle, Users, Write};
pub use floor::Floor;
pub use reads::{Read, Reads};
pub use solver::{Solver, new_user};
pub use stored::{CANDIDATES, NOW, Stored};

use crate::{Bound, Ratios, Series};

/// Whether the budgets of the design hold for a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budgets {
    /// They are judged.
    Judged,
    /// There are none; ratios are only shown.
    None,
}

impl Budgets {
    fn row(
        self,
        ratios: &mut Ratios,
        name: &str,
        call: &Series,
        floor: &Series,
        most: Option<f64>,
    ) {
        match (self, most) {
            (Self::Judged, Some(most)) => ratios.judge(name, call, floor, Bound::AtMost(most)),
            _ => ratios.ratio(name, call, floor),
        }
    }
}
