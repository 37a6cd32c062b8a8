// The form for a new contest.

import { call, messageOf } from "./api.js";
import { busy, byId, make } from "./dom.js";

const WHOLE = "Give a whole number.";

/** Which input, and which line below it, each member of the body has. */
const FIELDS = {
  problem_count: { input: "problem-count", error: "problem-count-error" },
  duration_minutes: { input: "minutes", error: "minutes-error" },
  "mix.easy": { input: "mix-easy", error: "mix-error" },
  "mix.medium": { input: "mix-medium", error: "mix-error" },
  "mix.hard": { input: "mix-hard", error: "mix-error" },
  mix: { input: "mix-easy", error: "mix-error" },
  topics: { input: "topics-summary", error: "topics-error" },
};

/** The last request without a definite answer. Made again, it keeps its key: one contest, not two. */
let unanswered = null;

/** `created` gets the contest; `busyElsewhere` a sentence when one was running already. */
export function start({ created, busyElsewhere }) {
  const form = byId("create-form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(form.querySelector("[type=submit]"), () => submit(created, busyElsewhere));
  });
}

export function clear() {
  unanswered = null;
  byId("create-form").reset();
  byId("topic-list").replaceChildren();
  clearErrors();
  showChosen();
}

/** Fills in the topics there are. The form works without them. */
export async function loadTopics() {
  if (byId("topic-list").childElementCount > 0) return;
  try {
    const { by_topic: byTopic } = await call("GET", "problems/stats");
    byId("topic-list").replaceChildren(...Object.entries(byTopic).map(topicBox));
  } catch (failed) {
    byId("topics-error").textContent = messageOf(failed) ?? "";
  }
}

function topicBox([topic, count]) {
  const box = make("input", { type: "checkbox", value: topic });
  box.addEventListener("change", showChosen);
  return make("label", {}, box, make("span", {}, `${topic} (${count})`));
}

const chosenTopics = () =>
  [...byId("topic-list").querySelectorAll(":checked")].map((box) => box.value);

function showChosen() {
  const chosen = chosenTopics();
  byId("topics-chosen").textContent = chosen.length > 0 ? chosen.join(", ") : "all";
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

/** The body, or nothing when a number is missing. What numbers are allowed is the server's to say. */
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
    topics: chosenTopics(),
  };
  for (const field of wrong.reverse()) complain(field, WHOLE);
  return wrong.length === 0 ? body : null;
}

/** Says what is wrong next to its input, and goes there. */
function complain(name, message) {
  const field = FIELDS[name] ?? FIELDS[String(name).split(/[.[]/)[0]];
  byId(field?.error ?? "create-error").textContent = message;
  if (!field) return;
  const input = byId(field.input);
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

/** 128 random bits. `crypto.randomUUID` is not there on a page served without TLS. */
function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
