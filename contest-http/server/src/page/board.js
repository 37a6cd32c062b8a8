// The board of a round, page by page. The first page follows the server's stream.

import { call, messageOf } from "./api.js";
import { asClock } from "./countdown.js";
import { announce, busy, byId, make } from "./dom.js";
import { follow } from "./live.js";
import { TIME, titleOf } from "./rounds.js";
import { inMinutes } from "./tick.js";

const FRAGMENT = /^#round=([\w-]+)$/;
const PAGE = 20;
/** What the stream does not show may change with it, and is loaded at most this often. */
const REST_MS = 10_000;

/** The id in the address, the round once it is loaded, and the user's row. */
let id = null;
let round = null;
let own = null;
/** The page shown, and the first page as the stream has sent it last. */
let shown = null;
let top = null;
/** Where the page shown and those before it begin. The first page has no cursor. */
let cursors = [];
let wanted = cursors;
let asked = 0;
let heardSoFar = 0;
let resting = 0;
let listening = null;

export function start() {
  for (const [name, turn] of [["next-rows", turnForward], ["previous-rows", turnBack]]) {
    const button = byId(name);
    button.addEventListener("click", () =>
      busy(button, async () => {
        await turn();
        // The button disappears at the end of the board, and would take the focus with it.
        if (button.hidden) byId("board-title").focus();
      }),
    );
  }
}

/** Clears all state: another user may sign in. */
export function clear() {
  pause();
  asked += 1;
  clearTimeout(resting);
  [id, round, shown, own, cursors, wanted, resting] = [null, null, null, null, [], [], 0];
  const parts = ["title", "error", "frozen", "head", "rows"];
  for (const part of parts) byId(`board-${part}`).replaceChildren();
  byId("own-place").textContent = "";
  for (const part of ["board", "board-body"]) byId(part).hidden = true;
}

/** Shows the board that the fragment of an address names, or none. */
export async function showFrom(fragment, { focus = false } = {}) {
  const given = FRAGMENT.exec(fragment)?.[1] ?? null;
  if (given !== id) clear();
  id = given;
  if (id === null) return;
  byId("board").hidden = false;
  if (!round) byId("board-title").textContent = "Board";
  await load();
  if (focus && id === given) byId("board-title").focus();
}

/** Loads the shown page and the user's place again. */
export function refresh() {
  if (id !== null) load();
}

/** Follows the first page, unless it is followed or the page is not visible. */
export function listen() {
  if (listening || !round || document.visibilityState !== "visible") return;
  listening = new AbortController();
  const path = `rounds/${id}/board/events?limit=${PAGE}`;
  follow(path, listening.signal, (_, data) => heard(JSON.parse(data)));
}

/** Closes the stream. A new one begins with the board as it stands. */
export function pause() {
  listening?.abort();
  listening = null;
}

/** Loads the page at the last of the cursors: by default the one shown, or asked for before. */
async function load(at = wanted) {
  asked += 1;
  wanted = at;
  const [mine, before] = [asked, heardSoFar];
  try {
    const answers = [round ?? call("GET", `rounds/${id}`), page(at), call("GET", `rounds/${id}/board/me`)];
    const [description, loaded, { row }] = await Promise.all(answers);
    if (mine !== asked) return; // A newer request is under way.
    byId("board-error").textContent = "";
    [round, shown, own, cursors] = [description, loaded, row, at];
    if (heardSoFar !== before) {
      // What the stream has sent meanwhile is newer.
      own = top.rows.find(isOwn) ?? own;
      if (at.length === 0) shown = top;
    }
    show();
    listen();
  } catch (failed) {
    if (mine !== asked) return;
    wanted = cursors;
    complain(failed);
  }
}

function page(at) {
  const cursor = at.length > 0 ? `&cursor=${encodeURIComponent(at.at(-1))}` : "";
  return call("GET", `rounds/${id}/board?limit=${PAGE}${cursor}`);
}

function complain(failed) {
  byId("board-error").textContent = messageOf(failed) ?? "";
}

async function turnForward() {
  try {
    // The stream does not say where the second page begins.
    const cursor = shown.next_cursor || (await page(cursors)).next_cursor;
    if (cursor) await turnTo([...cursors, cursor]);
    else byId("next-rows").hidden = true;
  } catch (failed) {
    complain(failed);
  }
}

const turnBack = () => turnTo(cursors.slice(0, -1));

async function turnTo(at) {
  await load(at);
  if (cursors === at) announce(`Page ${at.length + 1} of the board`);
}

/** Takes the first rows from the stream. Other rows, and a place below them, are loaded now and then. */
function heard(first) {
  heardSoFar += 1;
  top = { ...first, next_cursor: first.rows.length < PAGE ? null : "" };
  if (cursors.length === 0) {
    shown = top;
    const mine = top.rows.find(isOwn);
    own = mine ?? own;
    show();
    if (mine || !own) return;
  }
  const wait = REST_MS * (0.75 + Math.random() / 2);
  resting ||= setTimeout(() => {
    resting = 0;
    load();
  }, wait);
}

const isOwn = (row) => row.participant_id === own?.participant_id;

function show() {
  byId("board-title").textContent = `Board of ${titleOf(round)}`;
  byId("board-body").hidden = false;
  byId("own-place").textContent = own ? placeOf(own) : "";
  byId("board-frozen").textContent = shown.frozen ? frozenSince(round.freeze) : "";
  byId("board-none").hidden = shown.rows.length > 0;
  byId("board-scroll").hidden = shown.rows.length === 0;
  const columns = [...TOTALS.filter(([, , isShown]) => isShown(round)), ...round.problems.map(column)];
  const heads = [["Place"], ["Participant"], ...columns].map(([name]) => head(name));
  byId("board-head").replaceChildren(make("tr", {}, ...heads));
  byId("board-rows").replaceChildren(...shown.rows.map((row) => line(row, columns)));
  byId("previous-rows").hidden = cursors.length === 0;
  byId("next-rows").hidden = shown.next_cursor === null;
}

function placeOf({ rank, virtual: isVirtual, solved }) {
  const whose = round.admission === "teams" ? "Your team’s place" : "Your place";
  const place = isVirtual ? `${whose} would be ${rank}: you take part virtually` : `${whose}: ${rank}`;
  return `${place}. ${solved} of ${round.problems.length} solved.`;
}

function frozenSince(freeze) {
  const since = freeze ? ` since ${TIME.format(new Date(freeze.from))}` : "";
  return `The board is frozen: outcomes${since} are hidden.`;
}

const hasPoints = ({ scoring, problems }) =>
  !["ticks", "icpc"].includes(scoring.method) || problems.some(({ points }) => points !== 1);
const hasPenalty = ({ scoring }) => ["atcoder", "icpc"].includes(scoring.method);

/** The name of a column, its content in a row, and whether a round has it. */
const TOTALS = [
  ["Points", ({ points }) => [points], hasPoints],
  ["Solved", ({ solved }) => [solved], () => true],
  ["Penalty", ({ penalty }) => [asClock(penalty * 1000)], hasPenalty],
];

const column = (_, at) => [at + 1, ({ problems }) => cell(problems[at])];

function head(name) {
  const what = typeof name === "number" ? [make("span", { class: "unseen" }, "Problem ")] : [];
  return make("th", { scope: "col" }, ...what, name);
}

function line(row, columns) {
  const name = make("th", { scope: "row", title: row.participant_id }, nameOf(row));
  const cells = columns.map(([, content]) => make("td", {}, ...content(row)));
  const attributes = isOwn(row) ? { class: "own", "aria-current": "true" } : {};
  return make("tr", attributes, make("td", {}, row.rank), name, ...cells);
}

/** Participants have no names here: the end of an id tells them apart. */
function nameOf(row) {
  if (!isOwn(row)) return `…${row.participant_id.slice(-8)}`;
  return round.admission === "teams" ? "Your team" : "You";
}

const MARKS = { solved: "✓", pending: "?", "not solved": "✗" };

/** A mark with the points and the time, and the same in words. */
function cell({ solved, pending, judged, points, time }) {
  if (!solved && pending + judged === 0) return [];
  const outcome = solved ? "solved" : pending > 0 ? "pending" : "not solved";
  const earned = hasPoints(round) && points > 0;
  const tries = judged === 1 ? "1 try" : `${judged} tries`;
  const shortly = earned ? `${MARKS[outcome]} ${points}` : MARKS[outcome];
  const [said, under] = [[outcome], []];
  if (earned) said.push(`${points} points`);
  if (time !== null) said.push(`after ${inMinutes(time)}`);
  if (time !== null) under.push(asClock(time * 1000));
  if (judged > 0) said.push(tries);
  if (judged > 1) under.push(tries);
  return [
    make("span", { "aria-hidden": "true" }, shortly, make("span", { class: "hint" }, under.join(", "))),
    make("span", { class: "unseen" }, said.join(", ")),
  ];
}
