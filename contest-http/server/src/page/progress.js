// The user's progress, as bars. Each bar is beside the numbers it shows.

import { call, messageOf } from "./api.js";
import { announce, busy, byId, confirm, draw, make } from "./dom.js";
import * as heatmap from "./heatmap.js";
import { inMinutes } from "./tick.js";

/** A year and one day: from this date of last year to today. */
const DAYS = 366;

let loading = null;
let outdated = false;

const RESTART = {
  title: "Start over?",
  text: "No problem counts as solved any more. Your contests and their results stay.",
  no: "Keep my progress",
  yes: "Start over",
};

/** `restarted` is called after the user has started over. */
export function start({ restarted }) {
  heatmap.start();
  const button = byId("restart");
  button.addEventListener("click", async () => {
    if (await confirm(RESTART)) await busy(button, () => restart(restarted));
  });
}

/** Clears the display. */
export function clear() {
  for (const id of ["progress-error", "solved", "by-difficulty", "by-topic", "streak"]) {
    byId(id).replaceChildren();
  }
  heatmap.clear();
}

async function restart(restarted) {
  byId("progress-error").textContent = "";
  try {
    // Not idempotent: a retry would start over twice.
    await call("POST", "users/me/progress/reset", { body: { confirm: true }, once: true });
    announce("You have started over.");
    restarted();
  } catch (failed) {
    byId("progress-error").textContent = messageOf(failed) ?? "";
  }
}

/** Loads and shows the progress. Calls during a load cause one more load. */
export function load() {
  if (loading) {
    outdated = true;
    return loading;
  }
  loading = (async () => {
    do {
      outdated = false;
      await loadOnce();
    } while (outdated);
  })().finally(() => {
    loading = null;
  });
  return loading;
}

async function loadOnce() {
  try {
    const [progress, pace, activity] = await Promise.all([
      call("GET", "users/me/progress"),
      call("GET", "users/me/pace"),
      loadActivity(),
    ]);
    byId("progress-error").textContent = "";
    showProgress(progress, pace);
    showActivity(activity);
  } catch (failed) {
    byId("progress-error").textContent = messageOf(failed) ?? "";
  }
}

/** Loads the days in the user's time zone, or in UTC if the server does not know it. */
async function loadActivity() {
  const path = (zone) => `users/me/activity?days=${DAYS}&time_zone=${encodeURIComponent(zone)}`;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC";
  try {
    return await call("GET", path(zone));
  } catch (failed) {
    if (failed.field === "time_zone") return call("GET", path("UTC"));
    throw failed;
  }
}

function showProgress(progress, pace) {
  byId("solved").textContent = `${progress.total_solved} of ${progress.total_problems} solved`;
  const difficulties = ["Easy", "Medium", "Hard"].map((name) => {
    const key = name.toLowerCase();
    const { median_seconds: median } = pace[key];
    const note = median === null ? "" : `, ${inMinutes(median)} each`;
    return [name, progress[`${key}_solved`], progress[`${key}_total`], key, note];
  });
  showBars(byId("by-difficulty"), difficulties);
  const topics = Object.entries(progress.topic_progress);
  showBars(byId("by-topic"), topics.map(([topic, { solved, total }]) => [topic, solved, total, ""]));
}

function showBars(list, rows) {
  list.replaceChildren(
    ...rows.map(([name, solved, total, colour, note = ""]) => {
      const count = make("span", { class: "count" }, `${solved} of ${total}`);
      const said = make("span", {}, name, make("span", { class: "hint" }, note));
      return make("li", {}, said, count, bar(solved, total, colour));
    }),
  );
}

function bar(solved, total, colour) {
  const width = total > 0 ? (100 * solved) / total : 0;
  return draw(
    "svg",
    { class: `bar ${colour}`, "aria-hidden": "true" },
    draw("rect", { class: "all", width: "100%", height: "100%" }),
    draw("rect", { class: "done", width: `${width}%`, height: "100%" }),
  );
}

function showActivity({ days, current_streak: current, longest_streak: longest }) {
  const solved = days.reduce((sum, day) => sum + day.solved, 0);
  byId("streak").textContent =
    `${solved} solved. Days in a row: ${current} now, ${longest} at most.`;
  heatmap.show(days);
}
