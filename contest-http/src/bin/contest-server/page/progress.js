// How far the person has come, as bars. Each bar is beside the numbers it shows.

import { call, messageOf } from "./api.js";
import { byId, draw, make } from "./dom.js";

const DAYS = 30;

let loading = null;
let outdated = false;

/** Forgets what is shown. */
export function clear() {
  for (const id of ["progress-error", "solved", "by-difficulty", "by-topic", "streak", "activity"]) {
    byId(id).replaceChildren();
  }
}

/** Loads and shows it. While that runs, more calls make for one more run. */
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
    const [progress, activity] = await Promise.all([call("GET", "users/me/progress"), loadActivity()]);
    byId("progress-error").textContent = "";
    showProgress(progress);
    showActivity(activity);
  } catch (failed) {
    byId("progress-error").textContent = messageOf(failed) ?? "";
  }
}

/** By the days of the person's time zone, if the server knows it. */
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

function showProgress(progress) {
  byId("solved").textContent = `${progress.total_solved} of ${progress.total_problems} solved`;
  const difficulties = ["Easy", "Medium", "Hard"].map((name) => {
    const key = name.toLowerCase();
    return [name, progress[`${key}_solved`], progress[`${key}_total`], key];
  });
  showBars(byId("by-difficulty"), difficulties);
  const topics = Object.entries(progress.topic_progress);
  showBars(byId("by-topic"), topics.map(([topic, { solved, total }]) => [topic, solved, total, ""]));
}

function showBars(list, rows) {
  list.replaceChildren(
    ...rows.map(([name, solved, total, colour]) => {
      const count = make("span", { class: "count" }, `${solved} of ${total}`);
      return make("li", {}, make("span", {}, name), count, bar(solved, total, colour));
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
  const most = Math.max(1, ...days.map((day) => day.solved));
  const step = 300 / days.length;
  byId("activity").replaceChildren(
    ...days.map((day, index) => {
      const height = day.solved > 0 ? Math.max(6, (60 * day.solved) / most) : 2;
      const place = { x: index * step, width: step * 0.7, y: 60 - height, height };
      const title = draw("title", {}, `${day.date}: ${day.solved}`);
      return draw("rect", { class: day.solved > 0 ? "some" : "none", ...place }, title);
    }),
  );
}
