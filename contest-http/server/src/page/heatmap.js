// A year of days as a table, a column for each week. The arrow keys move from day to day.

import { byId, make } from "./dom.js";

const WEEK = 7;
const DAY_MS = 86_400_000;
/** The numbers of solved problems from which a day is darker. */
const LEVELS = [1, 2, 4, 7];
const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** Names of days and months do not depend on the computer's time zone. */
const format = (options) => new Intl.DateTimeFormat(undefined, { ...options, timeZone: "UTC" });
const FULL = format({ dateStyle: "full" });
const MONTH = format({ month: "short" });

const instant = (date) => new Date(`${date}T00:00:00Z`);
/** Monday is the first. */
const weekday = (date) => (instant(date).getUTCDay() + 6) % WEEK;

let cells = [];

export function start() {
  const table = byId("activity");
  table.addEventListener("keydown", move);
  table.addEventListener("focusin", (event) => tell(event.target));
  table.addEventListener("pointerover", (event) => tell(event.target));
}

export function clear() {
  cells = [];
  byId("activity").replaceChildren();
  byId("day").textContent = "";
}

const HINT = "Point at a day, or move to it with the arrow keys, to see its number.";

/** Shows `days`, oldest first and today last. A focused day keeps the focus. */
export function show(days) {
  const table = byId("activity");
  if (days.length === 0) return clear();
  const focused = cells.indexOf(document.activeElement);
  const skipped = weekday(days[0].date);
  cells = days.map(cell);
  const rows = WEEKDAYS.map((name, row) => {
    const weeks = [];
    for (let at = row - skipped; at < days.length; at += WEEK) weeks.push(cells[at] ?? blank());
    return make("tr", {}, make("th", { scope: "row" }, name), ...weeks);
  });
  table.replaceChildren(make("tbody", {}, months(days, skipped), ...rows));
  const current = cells[focused] ?? cells.at(-1);
  current.tabIndex = 0;
  if (focused < 0) byId("day").textContent = HINT;
  if (focused >= 0) current.focus();
}

function cell({ date, solved }) {
  const level = LEVELS.filter((least) => solved >= least).length;
  const label = `${FULL.format(instant(date))}: ${solved} solved`;
  return make("td", { class: `day level-${level}`, "aria-label": label, tabindex: "-1" });
}

/** An empty cell before the first day. */
const blank = () => make("td", { "aria-hidden": "true" });

/** The months above the weeks in which they begin; visible only, because each day's label names its month. */
function months(days, skipped) {
  const first = instant(days[0].date).getTime() - skipped * DAY_MS;
  const weeks = Math.ceil((skipped + days.length) / WEEK);
  const monthOf = (week) => MONTH.format(new Date(first + (week * WEEK + WEEK - 1) * DAY_MS));
  const row = make("tr", { "aria-hidden": "true" }, make("td"));
  for (let week = 0, span = 1; week < weeks; week += span, span = 1) {
    while (week + span < weeks && monthOf(week + span) === monthOf(week)) span += 1;
    // A name does not fit above one or two weeks.
    row.append(make("td", { colspan: span, class: "month" }, span > 2 ? monthOf(week) : ""));
  }
  return row;
}

const STEPS = { ArrowLeft: -WEEK, ArrowRight: WEEK, ArrowUp: -1, ArrowDown: 1 };

function move(event) {
  const from = cells.indexOf(event.target);
  if (from < 0) return;
  const ends = { Home: 0, End: cells.length - 1 };
  const to = ends[event.key] ?? from + (STEPS[event.key] ?? NaN);
  if (Number.isNaN(to)) return;
  event.preventDefault();
  if (!cells[to]) return;
  cells[from].tabIndex = -1;
  cells[to].tabIndex = 0;
  cells[to].focus();
}

function tell(target) {
  const label = target.getAttribute("aria-label");
  if (cells.includes(target)) byId("day").textContent = label;
}
