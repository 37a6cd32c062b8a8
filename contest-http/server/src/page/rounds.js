// The rounds that the user may take part in.

import { call, messageOf } from "./api.js";
import { serverNow } from "./clock.js";
import { busy, byId, confirm, make } from "./dom.js";
import { inMinutes } from "./tick.js";

const PAGE = 5;
/** Rounds of other users are left out of the API's pages, which may be empty because of that. */
const READ = 100;
const LONGEST_WAIT_MS = 3_600_000;
const STATUS = { upcoming: "Upcoming", open: "Open", closed: "Closed" };
export const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** Whether only the host judges, by the id of the round. It does not change once a round has opened. */
const judging = new Map();

let shown = [];
let content = "";
let wanted = PAGE;
let asked = 0;
let timer = 0;
let isOffered = true;
let told = { joined() {}, async busyElsewhere() {} };

/** `joined` gets the contest of a round, and `busyElsewhere` a message if another contest is running. */
export function start(handlers) {
  told = handlers;
  const more = byId("more-rounds");
  more.addEventListener("click", () =>
    busy(more, async () => {
      const before = shown.length;
      wanted += PAGE;
      await load();
      // The button disappears after the last round, and would take the focus with it.
      if (more.hidden) byId("rounds-list").children[before]?.focus();
    }),
  );
}

/** Clears all state: another user may sign in. */
export function clear() {
  asked += 1;
  clearTimeout(timer);
  judging.clear();
  [shown, content, wanted, isOffered] = [[], "", PAGE, true];
  byId("rounds-list").replaceChildren();
  byId("rounds-error").textContent = "";
  byId("rounds").hidden = true;
}

/** Loads the rounds. A server without rounds is not asked again. */
export async function load() {
  if (!isOffered) return;
  asked += 1;
  const mine = asked;
  try {
    const { rounds, hasMore } = await read();
    if (mine !== asked) return; // A newer request is under way.
    byId("rounds-error").textContent = "";
    show(rounds);
    byId("more-rounds").hidden = !hasMore;
  } catch (failed) {
    const message = messageOf(failed);
    if (message === null || mine !== asked) return;
    isOffered = failed.code !== "no_such_route";
    byId("rounds-error").textContent = isOffered ? message : "";
    byId("rounds").hidden = !isOffered;
  }
}

/** The latest rounds, each with the user's contest. */
async function read() {
  const found = [];
  let next = "";
  while (found.length <= wanted && next !== null) {
    const page = await call("GET", `rounds?limit=${READ}${next}`);
    found.push(...page.rounds);
    next = page.next_cursor && `&cursor=${encodeURIComponent(page.next_cursor)}`;
  }
  const rounds = await Promise.all(found.slice(0, wanted).map(withContest));
  return { rounds, hasMore: found.length > wanted };
}

/** A contest of a round is never taken away, so what has one need not be read again. */
async function withContest(round) {
  const known = shown.find((each) => each.id === round.id)?.contest_id;
  if (known) return { ...round, contest_id: known };
  return statusOf(round, serverNow()) === "upcoming" ? round : call("GET", `rounds/${round.id}`);
}

/** Whether only the host judges this contest; undefined while that is not known. */
export const isJudged = (contest) => judging.get(contest.round_id);

/** Finds out whether only the host judges this contest, if there is one. */
export async function learnJudging(contest) {
  if (!contest?.round_id || isJudged(contest) !== undefined) return;
  try {
    learn(await call("GET", `rounds/${contest.round_id}`));
  } catch (failed) {
    // The user was removed from the round, and keeps the contest.
    if (failed.status !== 404) throw failed;
    judging.set(contest.round_id, false);
  }
}

const learn = (round) => judging.set(round.id, round.judging === "host");

/** Shows `rounds`, and shows them again when one of them opens or closes. */
function show(rounds) {
  rounds.forEach(learn);
  shown = rounds;
  byId("rounds").hidden = rounds.length === 0;
  // Read once: a round that closes meanwhile would be shown as open, and its end be past.
  const now = serverNow();
  const update = JSON.stringify(rounds.map((round) => [contentOf(round), statusOf(round, now)]));
  // Without a change, the buttons stay and keep the focus.
  if (update !== content) byId("rounds-list").replaceChildren(...rounds.map((round) => row(round, now)));
  content = update;
  clearTimeout(timer);
  const left = rounds.flatMap(timesOf).map((time) => time - now);
  const next = Math.min(LONGEST_WAIT_MS, ...left.filter((each) => each > 0));
  timer = setTimeout(() => show(shown), next);
}

const contentOf = ({ server_now: _, ...content }) => content;
const timesOf = (round) => [Date.parse(round.opens_at), Date.parse(round.closes_at)];

function statusOf(round, now) {
  const [opens, closes] = timesOf(round);
  if (now < opens) return "upcoming";
  return now < closes ? "open" : "closed";
}

export const titleOf = (round) => round.title ?? "Untitled round";

function row(round, now) {
  const status = statusOf(round, now);
  const detail = make("span", { class: "detail" });
  detail.append(time(round.opens_at), " to ", time(round.closes_at), ` · ${facts(round)}`);
  return make(
    "li",
    { tabindex: "-1" },
    make("span", { class: "name" }, titleOf(round)),
    make("span", { class: "badge" }, STATUS[status]),
    detail,
    ...(status === "upcoming" ? [] : [actions(round, status)]),
  );
}

const time = (at) => make("time", { datetime: at }, TIME.format(new Date(at)));

/** "3 problems, 120 minutes from joining on, judged by the host" */
function facts({ problems, personal_limit: limit, judging: by, contest_id: contest }) {
  const all = [problems.length === 1 ? "1 problem" : `${problems.length} problems`];
  if (limit !== null) all.push(`${inMinutes(limit)} from joining on`);
  if (by === "host") all.push("judged by the host");
  if (contest) all.push("joined");
  return all.join(", ");
}

function actions(round, status) {
  const of = make("span", { class: "unseen" }, ` of ${titleOf(round)}`);
  const board = make("a", { href: `#round=${round.id}` }, "Board", of);
  // If the board is shown already, the address does not change.
  board.addEventListener("click", () => location.hash === board.hash && byId("board-title").focus());
  const join = round.contest_id ? [] : [joinButton(round, status)];
  return make("div", { class: "actions" }, ...join, board);
}

function joinButton(round, status) {
  const [label, before] = status === "open" ? ["Join", ""] : ["Take part virtually", " in"];
  const which = make("span", { class: "unseen" }, `${before} ${titleOf(round)}`);
  const button = make("button", { type: "button", class: "main" }, label, which);
  button.addEventListener("click", () => busy(button, () => join(round)));
  return button;
}

async function join(round) {
  byId("rounds-error").textContent = "";
  if (!(await mayBegin(round))) return;
  try {
    told.joined(await call("POST", `rounds/${round.id}/join`));
    await load();
  } catch (failed) {
    const message = messageOf(failed);
    if (message === null) return;
    if (failed.code === "active_contest_exists") await told.busyElsewhere(message);
    else byId("rounds-error").textContent = message;
  }
}

/** Asks first if the user’s own time begins: it cannot be given back. */
async function mayBegin(round) {
  const [opens, closes] = timesOf(round);
  const now = serverNow();
  const isVirtual = statusOf(round, now) === "closed";
  if (round.personal_limit === null && !isVirtual) return true;
  const whole = (closes - opens) / 1000;
  const rest = (closes - now) / 1000;
  const limit = round.personal_limit;
  const seconds = isVirtual ? (limit ?? whole) : Math.min(limit, rest);
  return confirm({
    title: "Begin now?",
    text: `You have ${inMinutes(seconds)}, beginning now. You can take part only once.`,
    yes: "Begin",
    no: "Not yet",
    lasting: true,
  });
}
