// A problem of a contest: a link, and a checkbox to tick off or the verdicts of the host.

import { call, messageOf } from "./api.js";
import { announce, make } from "./dom.js";

let changes = 0;

/** Grows with each change of a box: a response requested before the change does not include it. */
export const changesSoFar = () => changes;

/** A row of a contest that accepts ticks. `saved` is called after each change, `ended` when it came too late. */
export function openRow(contest, entry, { saved, ended }) {
  const { problem } = entry;
  const box = make("input", { type: "checkbox" });
  const error = make("p", { class: "error", role: "alert", id: `error-${problem.id}` });
  const text = title(problem);
  text.firstChild.id = `title-${problem.id}`;
  text.lastChild.id = `topics-${problem.id}`;
  box.setAttribute("aria-labelledby", text.firstChild.id);
  box.setAttribute("aria-describedby", `${error.id} ${text.lastChild.id}`);
  const label = make("label", {}, box, text);
  const judged = make("p", { class: "hint" }, verdicts(entry));
  const item = make("li", {}, label, badge(entry), ...link(problem), judged, error);
  let stored = entry.is_completed;
  let saving = false;
  box.checked = stored;

  box.addEventListener("change", async () => {
    error.textContent = "";
    if (contest.status === "expired" && !box.checked) {
      box.checked = true;
      error.textContent = "A tick cannot be removed after the end.";
      return;
    }
    changes += 1;
    if (saving) return; // The loop below saves the latest state of the box.
    saving = true;
    try {
      while (box.checked !== stored) stored = await save(contest, problem, box.checked);
      announce(`${problem.title}: ${stored ? "solved" : "not solved"}`);
      saved(problem, stored);
    } catch (failed) {
      box.checked = stored;
      const message = messageOf(failed);
      error.textContent = message === null ? "" : `Not saved. ${message}`;
      if (failed.code === "contest_not_accepting") ended();
    } finally {
      changes += 1;
      saving = false;
    }
  });

  return {
    item,
    isSolved: () => box.checked,
    /** Applies a change made in another tab. */
    update(newEntry) {
      judged.textContent = verdicts(newEntry);
      if (saving) return;
      stored = newEntry.is_completed;
      box.checked = stored;
    },
  };
}

/** A row of a contest that only the host judges: without a box. */
export function judgedRow(entry) {
  const item = closedRow(entry);
  let shown = entry;
  return {
    item,
    isSolved: () => shown.is_completed,
    /** Applies what the host has judged. Without a change, the link keeps the focus. */
    update(newEntry) {
      if (JSON.stringify(newEntry) === JSON.stringify(shown)) return;
      shown = newEntry;
      item.replaceChildren(...closedRow(newEntry).childNodes);
    },
  };
}

/** A row of a contest that has ended. */
export function closedRow(entry) {
  const { problem, is_completed: solved } = entry;
  const mark = make("span", { class: "solved-mark", "aria-hidden": "true" }, solved ? "✓" : "–");
  const said = make("span", { class: "unseen" }, solved ? ", solved" : ", not solved");
  const text = title(problem);
  text.firstChild.after(said);
  if (solved) text.append(make("span", { class: "topics" }, result(entry)));
  const judged = make("p", { class: "hint" }, verdicts(entry));
  return make("li", {}, mark, text, badge(entry), ...link(problem), judged);
}

const VERDICTS = {
  pending: "not judged yet",
  accepted: "accepted",
  rejected: "rejected",
  compile_error: "does not compile",
  not_counted: "does not count",
};
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/** "10:12:00 rejected; 10:40:00 accepted, 40 of 50 points": the attempts that the host recorded. */
function verdicts({ attempts }) {
  const byHost = attempts.filter((each) => each.submission_id !== null || each.verdict !== "accepted");
  return byHost.map(verdict).join("; ");
}

function verdict({ at, verdict: name, score }) {
  const points = score && [score.points, ...(score.max === null ? [] : ["of", score.max]), "points"];
  const said = `${TIME.format(new Date(at))} ${VERDICTS[name] ?? name}`;
  return points ? `${said}, ${points.join(" ")}` : said;
}

/** "took 9 minutes, late" */
function result({ seconds_spent: seconds, is_late: late }) {
  return `took ${inMinutes(seconds)}${late ? ", late" : ""}`;
}

/** "9 minutes" */
export function inMinutes(seconds) {
  const minutes = Math.round(seconds / 60);
  if (minutes < 1) return "less than a minute";
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}

async function save(contest, problem, wish) {
  const path = `contests/${contest.id}/problems/${problem.id}`;
  const marked = await call("PATCH", path, { body: { is_completed: wish } });
  return marked.is_completed;
}

function title(problem) {
  const topics = make("span", { class: "topics" }, problem.topics.join(", "));
  return make("span", { class: "title" }, make("span", {}, problem.title), topics);
}

function badge({ problem: { difficulty }, points }) {
  const text = [undefined, 1].includes(points) ? difficulty : `${difficulty}, ${points} points`;
  return make("span", { class: `badge ${difficulty.toLowerCase()}` }, text);
}

/** A catalogue may hold any text as a link: only the web's schemes are followed. */
function link(problem) {
  const address = problem.leetcode_url ?? problem.neetcode_url ?? problem.links[0];
  if (!address || !/^https?:\/\//i.test(address)) return [];
  const attributes = { href: address, target: "_blank", rel: "noopener noreferrer" };
  const whose = make("span", { class: "unseen" }, ` ${problem.title} in a new tab`);
  return [make("a", attributes, "Open", whose)];
}
