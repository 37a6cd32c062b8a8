//! A board as a table.

use std::io::{Result, Write};
use std::time::Duration;

use contest_core::scoring::{Method, Points};
use contest_core::standings::{Cell, Round, Row, Standings};

use crate::input::Names;

/// Prints the board, and the virtual participants below it.
pub(crate) fn print(
    output: &mut impl Write,
    round: &Round,
    names: &Names,
    standings: &Standings,
) -> Result<()> {
    let problems = round.problems().iter();
    let problem = |entry: &_| names.problems.get(entry).cloned().unwrap_or_default();
    let has_penalties = has_penalties(round);
    let mut header: Vec<String> = ["rank", "participant", "points"].map(Into::into).to_vec();
    header.extend(has_penalties.then(|| "penalty".to_owned()));
    header.extend(problems.map(|entry| problem(&entry.problem)));

    let rows = standings.rows.iter().chain(&standings.virtual_rows);
    let mut lines = vec![header];
    lines.extend(rows.map(|row| cells(round, names, row)));
    let columns = lines.first().map_or(0, Vec::len);
    let width = |column| {
        let cells = lines
            .iter()
            .filter_map(|line: &Vec<String>| line.get(column));
        cells
            .map(|cell: &String| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    if standings.frozen
        && let Some(freeze) = round.freeze()
    {
        writeln!(
            output,
            "Frozen: attempts made since {} are pending.\n",
            freeze.begins_at
        )?;
    }
    let numbers: &[usize] = if has_penalties { &[0, 2, 3] } else { &[0, 2] };
    for line in &lines {
        let padded = line.iter().zip(&widths).enumerate();
        let padded = padded.map(|(column, (cell, width))| match column {
            // Numbers to the right, texts to the left.
            _ if numbers.contains(&column) => format!("{cell:>width$}"),
            _ => format!("{cell:<width$}"),
        });
        let padded: Vec<_> = padded.collect();
        writeln!(output, "{}", padded.join("  ").trim_end())?;
    }
    Ok(())
}

fn has_penalties(round: &Round) -> bool {
    matches!(
        round.scoring().method(),
        Method::Icpc(_) | Method::AtCoder(_)
    )
}

fn cells(round: &Round, names: &Names, row: &Row) -> Vec<String> {
    // A virtual participant has no rank of its own.
    let rank = if row.is_virtual {
        format!("({})", row.rank)
    } else {
        row.rank.to_string()
    };
    let (_, name) = names
        .participants
        .get(&row.participant)
        .cloned()
        .unwrap_or_default();
    let mut cells = vec![rank, name, row.total.points.to_string()];
    if has_penalties(round) {
        cells.push(clock(row.total.penalty));
    }
    let counts_tries = matches!(round.scoring().method(), Method::Icpc(_) | Method::Ticks);
    cells.extend(row.cells.iter().map(|cell| shown(cell, counts_tries)));
    cells
}

/// The state of a problem: solved or points, tries and pending attempts.
fn shown(cell: &Cell, counts_tries: bool) -> String {
    let mut parts = Vec::new();
    if cell.solved && counts_tries {
        let rejected = cell.judged.saturating_sub(1);
        parts.push(if rejected == 0 {
            "+".to_owned()
        } else {
            format!("+{rejected}")
        });
        parts.extend(cell.time.map(clock));
    } else if cell.solved || cell.points > Points::ZERO {
        parts.push(cell.points.to_string());
    } else if cell.judged > 0 {
        parts.push(format!("-{}", cell.judged));
    }
    if let Some(last) = parts.last_mut()
        && cell.first_to_solve
    {
        last.push('*');
    }
    if cell.pending > 0 {
        parts.push(format!("?{}", cell.pending));
    }
    parts.join(" ")
}

/// Hours and minutes, and seconds if there are any.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if seconds == 0 {
        format!("{hours}:{minutes:02}")
    } else {
        format!("{hours}:{minutes:02}:{seconds:02}")
    }
}
