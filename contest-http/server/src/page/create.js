// The form for a new contest.

import { call, messageOf } from "./api.js";
import { busy, byId, make } from "./dom.js";
import * as rules from "./rules.js";

const WHOLE = "Enter a whole number.";

/** The input and the error line of each member of the body. */
const FIELDS = {
  problem_count: { input: "problem-count", error: "problem-count-error" },
  duration_minutes: { input: "minutes", error: "minutes-error" },
  "mix.easy": { input: "mix-easy", error: "mix-error" },
  "mix.medium": { input: "mix-medium", error: "mix-error" },
  "mix.hard": { input: "mix-hard", error: "mix-error" },
  mix: { input: "mix-easy", error: "mix-error" },
  topics: { input: "topics-summary", error: "topics-error" },
  excluded_topics: { input: "without-summary", error: "without-error" },
  strategy: { input: "strategy", error: "strategy-error" },
  "eligibility.solved.exclude_within_days": { input: "within-days", error: "rules-error" },
  eligibility: { input: "rules-summary", error: "rules-error" },
};

/** The topics to use, and the topics to leave out. */
const LISTS = [
  { list: "topic-list", chosen: "topics-chosen", none: "all" },
  { list: "without-list", chosen: "without-chosen", none: "none" },
];

/** The last request without a definite response. A retry keeps its key, so only one contest is created. */
let unanswered = null;
let offered = () => {};

/**
 * `created` gets the contest, `busyElsewhere` a message if another contest is running, and `onOffer`
 * the server's options.
 */
export function start({ created, busyElsewhere, onOffer }) {
  offered = onOffer;
  const form = byId("create-form");
  rules.start();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(form.querySelector("[type=submit]"), () => submit(created, busyElsewhere));
  });
}

export function clear() {
  unanswered = null;
  byId("create-form").reset();
  for (const { list } of LISTS) byId(list).replaceChildren();
  clearErrors();
  showChosen();
  rules.showChosen();
}

/** Loads the topics and strategies. The form works without them. */
export async function loadChoices() {
  if (byId("topic-list").childElementCount > 0) return;
  try {
    const [{ by_topic: byTopic }, options] = await Promise.all([
      call("GET", "problems/stats"),
      call("GET", "contests/options"),
    ]);
    for (const { list } of LISTS) {
      byId(list).replaceChildren(...Object.entries(byTopic).map(topicBox));
    }
    rules.showStrategies(options.strategies);
    offered(options);
  } catch (failed) {
    byId("topics-error").textContent = messageOf(failed) ?? "";
  }
}

function topicBox([topic, count]) {
  const box = make("input", { type: "checkbox", value: topic });
  box.addEventListener("change", showChosen);
  return make("label", {}, box, make("span", {}, `${topic} (${count})`));
}

const chosenIn = (list) => [...byId(list).querySelectorAll(":checked")].map((box) => box.value);

function showChosen() {
  for (const { list, chosen, none } of LISTS) {
    byId(chosen).textContent = chosenIn(list).join(", ") || none;
  }
}

async function submit(created, busyElsewhere) {
  clearErrors();
  const body = read();
  if (!body) return;
  const text = JSON.stringify(body);
  if (unanswered?.text !== text) unanswered = { text, key: randomKey() };
  try {
    const contest = await call("POST", "contests", { body, key: unanswered.key });
    unanswered = null;
    created(contest);
  } catch (failed) {
    const message = messageOf(failed);
    if (message === null) return;
    const isRefusal = failed.status >= 400 && failed.status < 500;
    if (isRefusal && ![408, 429].includes(failed.status)) unanswered = null;
    if (failed.code === "active_contest_exists") await busyElsewhere(message);
    else complain(failed.field, message);
  }
}

/** The body, or null when a number is invalid. The server checks the ranges. */
function read() {
  const number = (field) => {
    const { valid } = byId(FIELDS[field].input).validity;
    if (!valid) wrong.push(field);
    return byId(FIELDS[field].input).valueAsNumber;
  };
  const wrong = [];
  const body = {
    problem_count: number("problem_count"),
    duration_minutes: number("duration_minutes"),
    mix: { easy: number("mix.easy"), medium: number("mix.medium"), hard: number("mix.hard") },
    topics: chosenIn("topic-list"),
    ...rules.read(),
  };
  const without = chosenIn("without-list");
  if (without.length > 0) body.excluded_topics = without;
  if (!rules.isWhole()) wrong.push("eligibility.solved.exclude_within_days");
  for (const field of wrong.reverse()) complain(field, WHOLE);
  return wrong.length === 0 ? body : null;
}

/** Shows an error next to its input, and focuses the input. */
function complain(name, message) {
  const field = FIELDS[name] ?? FIELDS[String(name).split(/[.[]/)[0]];
  byId(field?.error ?? "create-error").textContent = message;
  if (!field) return;
  const input = byId(field.input);
  const around = input.closest("details");
  if (around) around.open = true;
  input.setAttribute("aria-invalid", "true");
  input.focus();
}

function clearErrors() {
  byId("create-error").textContent = "";
  for (const { input, error } of Object.values(FIELDS)) {
    byId(error).textContent = "";
    byId(input).removeAttribute("aria-invalid");
  }
}

/** 128 random bits. `crypto.randomUUID` is missing on pages served without TLS. */
function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
