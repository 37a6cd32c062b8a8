// The running contest, or the result of the last one.

import { call, messageOf } from "./api.js";
import * as countdown from "./countdown.js";
import { announce, busy, byId, confirm, hasFocus, withdrawConfirm } from "./dom.js";
import { isJudged, learnJudging } from "./rounds.js";
import { changesSoFar, closedRow, judgedRow, openRow } from "./tick.js";

let shown = null;
let state = null;
let rows = new Map();
let refreshing = null;
let refreshAgain = false;
let mayResume = false;
let told = { changed() {}, idle() {} };

/** `changed` is called when progress may have changed, `idle` with whether no contest is running. */
export function start(handlers) {
  told = handlers;
  byId("complete").addEventListener("click", () => finish("complete"));
  byId("abandon").addEventListener("click", () => finish("abandon"));
  byId("resume").addEventListener("click", () => busy(byId("resume"), resume));
  byId("retry").addEventListener("click", () => busy(byId("retry"), refresh));
}

/** Clears all state: another user may sign in. */
export function clear() {
  countdown.stop();
  withdrawConfirm();
  shown = null;
  state = null;
  refreshing = null;
  rows = new Map();
  byId("problems").replaceChildren();
  byId("contest").hidden = true;
}

/** Applies the server's options. */
export function offer(options) {
  mayResume = options.can_resume;
}

/** Loads the state from the server, and shows it in place of the old one. */
export function refresh() {
  // A response on its way may be older than the reason for this call.
  if (refreshing) {
    refreshAgain = true;
    return refreshing;
  }
  const asked = ask().finally(() => {
    if (refreshing === asked) refreshing = null;
  });
  refreshing = asked;
  return asked;
}

async function ask() {
  try {
    let before;
    let contest;
    // A response requested before a change on this page may be older than the change.
    do {
      refreshAgain = false;
      before = [shown, changesSoFar()];
      contest = (await call("GET", "contests/active")).contest;
      if (!contest && shown) contest = await call("GET", `contests/${shown.id}`);
      await learnJudging(contest);
    } while (refreshAgain || before[0] !== shown || before[1] !== changesSoFar());
    byId("retry").hidden = true;
    byId("contest-error").textContent = "";
    show(contest);
  } catch (failed) {
    const message = messageOf(failed);
    if (message === null) return;
    byId("contest").hidden = false;
    if (!shown) byId("contest-title").textContent = "Contest";
    byId("contest-error").textContent = message;
    byId("retry").hidden = false;
  }
}

/** Shows the running contest in place of a refused new one, with the refusal. */
export async function showOther(message) {
  await refresh();
  byId("contest-error").textContent = message;
  byId("contest-title").focus();
}

/** Shows `contest`, or none. */
export function show(contest, { focus = false } = {}) {
  const before = shown;
  const card = byId("contest");
  const runs = contest?.status === "active";
  const changed = state !== stateOf(contest);
  if (!runs) withdrawConfirm(); // This returns the focus to the button that opened it.
  const mayFocus = focus || (before !== null && hasFocus(card));
  shown = contest;
  state = stateOf(contest);
  card.hidden = contest === null;
  if (!contest) {
    countdown.stop();
  } else if (!changed && rows.size > 0) {
    for (const entry of contest.problems) rows.get(entry.problem.id)?.update(entry);
    summarise();
    if (runs) count();
    else if (contest.accepts_marks) wait();
  } else if (changed) {
    if (runs) open();
    else close();
    if (mayFocus) byId("contest-title").focus();
    if (before || focus) told.changed();
  }
  told.idle(!runs);
  if (contest?.round_id && isJudged(contest) === undefined) refresh(); // This asks for it.
}

/** The state that decides how a contest is shown. */
function stateOf(contest) {
  if (!contest) return null;
  const { id, status, accepts_marks: accepts, can_resume: can } = contest;
  return [id, status, accepts, can, isJudged(contest)].join();
}

function open() {
  byId("contest-title").textContent = "Contest running";
  byId("contest-error").textContent = "";
  byId("contest-actions").hidden = false;
  byId("resume").hidden = true;
  openRows();
  summarise();
  count();
}

function openRows() {
  const handlers = { saved, ended: refresh };
  const row = (entry) => (isJudged(shown) ? judgedRow(entry) : openRow(shown, entry, handlers));
  rows = new Map(shown.problems.map((entry) => [entry.problem.id, row(entry)]));
  showProblems([...rows.values()].map((each) => each.item));
}

/** The board of a round names problems by their numbers. */
function showProblems(items) {
  byId("problems").classList.toggle("numbered", shown.round_id !== null);
  byId("problems").replaceChildren(...items);
}

const ENDS = {
  completed: "Contest finished",
  abandoned: "Contest abandoned",
  expired: "Time is up",
};

function close() {
  countdown.stop();
  rows = new Map();
  byId("countdown").hidden = true;
  byId("contest-actions").hidden = true;
  byId("resume").hidden = !shown.can_resume;
  byId("contest-error").textContent = "";
  const title = ENDS[shown.status] ?? "Contest ended";
  byId("contest-title").textContent = title;
  if (shown.accepts_marks || isJudged(shown)) {
    openRows(); // The host may judge attempts after the end.
    summarise();
    if (shown.accepts_marks) wait();
  } else {
    showProblems(shown.problems.map(closedRow));
    byId("contest-summary").textContent = `${solvedOf(shown)}. The problems you ticked off count.`;
  }
  announce(`${title}. ${byId("contest-summary").textContent}`);
}

/** Ticks count as late until the grace period ends. The server decides when it ends. */
function wait() {
  const end = Date.parse(shown.deadline) + shown.grace_seconds * 1000;
  countdown.wait(end, refresh);
}

async function resume() {
  const { id } = shown;
  byId("contest-error").textContent = "";
  try {
    show(await call("POST", `contests/${id}/resume`), { focus: true });
  } catch (failed) {
    byId("contest-error").textContent = messageOf(failed) ?? "";
    if (failed.status === 409) await refresh();
  }
}

/** "2 of 5 solved" */
export function solvedOf({ problems }) {
  const solved = problems.filter((entry) => entry.is_completed).length;
  return `${solved} of ${problems.length} solved`;
}

function saved() {
  summarise();
  told.changed();
}

function summarise() {
  const all = [...rows.values()];
  const solved = all.filter((row) => row.isSolved()).length;
  const { shortfall } = shown.selection;
  const fewer = shortfall > 0 ? ` Only ${all.length} matched.` : "";
  const late = shown.status === "expired" ? " Problems you tick off now count as late." : "";
  const note = isJudged(shown) ? " The host judges your solutions: there is nothing to tick." : late;
  byId("contest-summary").textContent = `${solved} of ${all.length} solved.${fewer}${note}`;
}

function count() {
  byId("countdown").hidden = false;
  countdown.count(byId("countdown"), Date.parse(shown.deadline), refresh);
}

const QUESTIONS = {
  complete: {
    title: "Finish the contest?",
    text: "The problems you ticked off count.",
    yes: "Finish",
  },
  abandon: {
    title: "Abandon the contest?",
    text: "The problems you ticked off still count.",
    yes: "Abandon",
  },
};
const QUESTION_IF_JUDGED = "Later solutions do not count.";

function question(how) {
  const after =
    how === "abandon" && mayResume
      ? "You can resume the contest before its time is over."
      : "The contest cannot be resumed.";
  const { title, text, yes } = QUESTIONS[how];
  const first = isJudged(shown) ? QUESTION_IF_JUDGED : text;
  return { title, text: `${first} ${after}`, yes };
}

async function finish(how) {
  const contest = shown;
  if (!(await confirm(question(how))) || shown?.id !== contest.id) return;
  await busy(byId(how), async () => {
    byId("contest-error").textContent = "";
    try {
      show(await call("POST", `contests/${contest.id}/${how}`), { focus: true });
    } catch (failed) {
      byId("contest-error").textContent = messageOf(failed) ?? "";
      // The answer to an earlier attempt may have been lost, or another tab was faster.
      if (failed.code === "contest_not_accepting") await refresh();
    }
  });
}
