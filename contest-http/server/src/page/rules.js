// Which problems may come and how they are picked, as chosen in the form.

import { byId, make } from "./dom.js";

const STRATEGIES = {
  uniform: ["At random", "Every problem that fits is equally likely."],
  topic_balanced: ["Across topics", "Spread over topics, those you know least first."],
  least_used: ["New to me", "What your contests had least often comes first."],
  review: ["For review", "Solved problems that you are due to repeat."],
};
const SOLVED = {
  exclude: "nothing I have solved",
  exclude_within_days: "solved ones come back",
  allow: "solved ones, too",
};

export function start() {
  showStrategies(["uniform"]);
  for (const id of ["strategy", "solved-rule", "within-days", "attempted"]) {
    byId(id).addEventListener("input", showChosen);
  }
  showChosen();
}

/** Offers the strategies that the server has and this page knows. */
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

/** After the form was reset. */
export function showChosen() {
  const solved = byId("solved-rule").value;
  byId("strategy-hint").textContent = STRATEGIES[byId("strategy").value]?.[1] ?? "";
  byId("within").hidden = solved !== "exclude_within_days";
  const rules = [SOLVED[solved]];
  if (byId("attempted").checked) rules.push("nothing a contest had");
  byId("rules-chosen").textContent = rules.join(", ");
}

/** The members of the body that say so; none for what the server does anyway. */
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

/** Whether the number of days is one, or is not asked for. */
export const isWhole = () => byId("within").hidden || byId("within-days").validity.valid;
