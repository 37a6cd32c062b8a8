// Sign-in, sign-out, and the wiring between the parts of the page.

import * as api from "./api.js";
import * as board from "./board.js";
import * as contest from "./contest.js";
import * as create from "./create.js";
import { busy, byId, confirm } from "./dom.js";
import * as live from "./live.js";
import * as progress from "./progress.js";
import * as recent from "./recent.js";
import * as rounds from "./rounds.js";

const FRAGMENT = "#token=";

const REPLACE = {
  title: "Sign in with the token of this link?",
  text: "You are signed in already. Continue only if you trust the link: afterwards your work counts for its user.",
  yes: "Sign in again",
  no: "Stay signed in",
  lasting: true,
};

/** Takes the token out of the URL, because URLs are saved and shared. */
function takeToken() {
  if (!location.hash.startsWith(FRAGMENT)) return null;
  const text = location.hash.slice(FRAGMENT.length);
  history.replaceState(null, "", location.pathname + location.search);
  try {
    return decodeURIComponent(text).trim() || null;
  } catch {
    return text;
  }
}

/** Clears all data of the user, and asks for a token. */
function leave(message = "") {
  api.signOut();
  for (const part of [board, contest, create, live, progress, recent, rounds]) part.clear();
  byId("practice").hidden = true;
  byId("sign-out").hidden = true;
  byId("sign-in").hidden = false;
  const token = byId("token");
  token.value = "";
  byId("token-error").textContent = message;
  token.setAttribute("aria-invalid", String(message !== ""));
  token.focus();
}

/** Shows everything, once the first response has accepted the token. */
async function showPractice() {
  loadBeside();
  create.loadChoices();
  rounds.load();
  board.showFrom(location.hash);
  await contest.refresh();
  if (!api.isSignedIn()) return;
  byId("sign-in").hidden = true;
  byId("sign-out").hidden = false;
  byId("practice").hidden = false;
}

/** Reloads the parts that change with a contest. */
function loadBeside() {
  progress.load();
  recent.load();
  board.refresh();
}

async function enter(token) {
  api.signIn(token);
  await showPractice();
  if (!api.isSignedIn()) return;
  const card = byId("contest").hidden ? "create-title" : "contest-title";
  byId(card).focus();
}

/** Signs in with the token of a link. Anyone can make a link, so it replaces no session unasked. */
async function follow(token) {
  if (api.isSignedInWith(token)) return;
  if (api.isSignedIn()) {
    if (!(await confirm(REPLACE))) return;
    leave();
  }
  await enter(token);
}

function listen() {
  api.onRefused(leave);
  byId("sign-out").addEventListener("click", () => leave());
  byId("sign-in-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const token = byId("token").value.trim();
    if (!token) return leave("Paste a token first.");
    return busy(event.target.querySelector("[type=submit]"), () => enter(token));
  });
  addEventListener("hashchange", () => {
    const token = takeToken();
    if (api.isSignedIn()) board.showFrom(location.hash, { focus: true });
    if (token) follow(token);
  });
  const again = () => {
    if (!api.isSignedIn()) return;
    listenLive();
    if (document.visibilityState !== "visible") return;
    contest.refresh();
    rounds.load();
    board.refresh();
  };
  addEventListener("focus", again);
  addEventListener("online", again);
  addEventListener("pageshow", (event) => event.persisted && again());
  document.addEventListener("visibilitychange", again);
}

/** Listens only while the page is visible. A page that becomes visible again reloads. */
function listenLive() {
  const isVisible = document.visibilityState === "visible";
  for (const part of [board, live]) {
    if (isVisible) part.listen();
    else part.pause();
  }
}

/** Shows the contest of a round, and the board as its link does. */
function showJoined(joined) {
  contest.show(joined, { focus: true });
  history.replaceState(null, "", `#round=${joined.round_id}`);
  board.showFrom(location.hash);
}

function begin() {
  contest.start({
    changed: loadBeside,
    idle(idle) {
      byId("create").hidden = !idle;
    },
  });
  create.start({
    created: (made) => contest.show(made, { focus: true }),
    busyElsewhere: contest.showOther,
    onOffer(options) {
      contest.offer(options);
      live.offer(options);
      listenLive();
    },
  });
  live.start(() => {
    contest.refresh();
    loadBeside();
  });
  progress.start({ restarted: loadBeside });
  recent.start({ resumed: (again) => contest.show(again, { focus: true }) });
  rounds.start({ joined: showJoined, busyElsewhere: contest.showOther });
  board.start();
  listen();
  const token = takeToken();
  if (api.isSignedIn()) showPractice();
  else if (!token) leave();
  if (token) follow(token);
}

begin();
