// The user's contests, latest first.

import { call, messageOf } from "./api.js";
import { solvedOf } from "./contest.js";
import { busy, byId, make } from "./dom.js";

const PAGE = 5;
const STATUS = {
  active: "Running",
  completed: "Finished",
  abandoned: "Abandoned",
  expired: "Time ran out",
};

let next = null;
let asked = 0;
let onResumed = () => {};

/** `resumed` gets the resumed contest. */
export function start({ resumed }) {
  onResumed = resumed;
  const older = byId("older");
  older.addEventListener("click", () =>
    busy(older, async () => {
      const path = `contests?limit=${PAGE}&cursor=${encodeURIComponent(next)}`;
      const first = await add(path, (items) => byId("recent-list").append(...items));
      // The button disappears after the last page, and would take the focus with it.
      if (older.hidden) first?.focus();
    }),
  );
}

/** Reloads as many contests as are shown. */
export function load() {
  const limit = Math.min(100, Math.max(PAGE, byId("recent-list").childElementCount));
  return add(`contests?limit=${limit}`, (items) => byId("recent-list").replaceChildren(...items));
}

/** Clears the display. */
export function clear() {
  byId("recent-list").replaceChildren();
  byId("recent-error").textContent = "";
  byId("older").hidden = true;
}

async function add(path, put) {
  asked += 1;
  const mine = asked;
  try {
    const page = await call("GET", path);
    if (mine !== asked) return undefined; // A newer request is under way.
    const items = page.contests.map(row);
    put(items);
    next = page.next_cursor;
    byId("recent-error").textContent = "";
    byId("recent-none").hidden = byId("recent-list").childElementCount > 0;
    byId("older").hidden = next === null;
    return items[0];
  } catch (failed) {
    byId("recent-error").textContent = messageOf(failed) ?? "";
    return undefined;
  }
}

function row(contest) {
  const began = new Date(contest.started_at);
  const format = { dateStyle: "medium", timeStyle: "short" };
  const time = make(
    "time",
    { datetime: contest.started_at },
    new Intl.DateTimeFormat(undefined, format).format(began),
  );
  const late = contest.problems.filter((entry) => entry.is_late).length;
  const detail = [solvedOf(contest), `${contest.duration_minutes} minutes`];
  if (late > 0) detail.push(`${late} late`);
  return make(
    "li",
    { tabindex: "-1" },
    time,
    make("span", { class: "badge" }, STATUS[contest.status] ?? contest.status),
    make("span", { class: "detail" }, detail.join(", ")),
    ...(contest.can_resume ? [resumeButton(contest, time.textContent)] : []),
  );
}

function resumeButton({ id }, began) {
  const label = `Resume the contest of ${began}`;
  const button = make("button", { type: "button", class: "quiet", "aria-label": label }, "Resume");
  button.addEventListener("click", () => busy(button, () => resume(id)));
  return button;
}

async function resume(id) {
  byId("recent-error").textContent = "";
  try {
    onResumed(await call("POST", `contests/${id}/resume`));
  } catch (failed) {
    byId("recent-error").textContent = messageOf(failed) ?? "";
  }
}
