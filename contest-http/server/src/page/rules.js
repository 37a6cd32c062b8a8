// The rules chosen in the form: which problems are eligible, and how they are picked.

import { byId, make } from "./dom.js";

const STRATEGIES = {
  uniform: ["At random", "Every problem that fits is equally likely."],
  topic_balanced: ["Across topics", "Spread over topics, least-solved topics first."],
  least_used: ["New to me", "Least-seen problems first."],
  review: ["For review", "Solved problems that are due for review."],
};
const SOLVED = {
  exclude: "no solved problems",
  exclude_within_days: "solved problems come back",
  allow: "solved problems, too",
};

export function start() {
  showStrategies(["uniform"]);
  for (const id of ["strategy", "solved-rule", "within-days", "attempted"]) {
    byId(id).addEventListener("input", showChosen);
  }
  showChosen();
}

/** Offers the strategies that both the server and this page know. */
export function showStrategies(kinds) {
  const select = byId("strategy");
  const chosen = select.value;
  const known = kinds.filter((kind) => STRATEGIES[kind]);
  select.replaceChildren(
    ...known.map((kind) => make("option", { value: kind }, STRATEGIES[kind][0])),
  );
  select.value = known.includes(chosen) ? chosen : known[0];
  showChosen();
}

/** Updates the texts to the choices, such as after a reset of the form. */
export function showChosen() {
  const solved = byId("solved-rule").value;
  byId("strategy-hint").textContent = STRATEGIES[byId("strategy").value]?.[1] ?? "";
  byId("within").hidden = solved !== "exclude_within_days";
  const rules = [SOLVED[solved]];
  if (byId("attempted").checked) rules.push("none from earlier contests");
  byId("rules-chosen").textContent = rules.join(", ");
}

/** The members of the body for these choices, without the server's defaults. */
export function read() {
  const body = {};
  const strategy = byId("strategy").value;
  if (strategy && strategy !== "uniform") body.strategy = strategy;
  const eligibility = {};
  const solved = byId("solved-rule").value;
  if (solved === "allow") eligibility.solved = "allow";
  if (solved === "exclude_within_days") {
    eligibility.solved = { exclude_within_days: byId("within-days").valueAsNumber };
  }
  if (byId("attempted").checked) eligibility.attempted = "exclude";
  if (Object.keys(eligibility).length > 0) body.eligibility = eligibility;
  return body;
}

/** Whether the number of days is valid or not needed. */
export const isWhole = () => byId("within").hidden || byId("within-days").validity.valid;
