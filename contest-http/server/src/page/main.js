// Sign-in, sign-out, and the wiring between the parts of the page.

import * as api from "./api.js";
import * as contest from "./contest.js";
import * as create from "./create.js";
import { busy, byId, confirm } from "./dom.js";
import * as live from "./live.js";
import * as progress from "./progress.js";
import * as recent from "./recent.js";

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
  for (const part of [contest, create, live, progress, recent]) part.clear();
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
    if (token) follow(token);
  });
  const again = () => {
    if (!api.isSignedIn()) return;
    listenLive();
    if (document.visibilityState === "visible") contest.refresh();
  };
  addEventListener("focus", again);
  addEventListener("online", again);
  addEventListener("pageshow", (event) => event.persisted && again());
  document.addEventListener("visibilitychange", again);
}

/** Listens only while the page is visible. A page that becomes visible again reloads. */
function listenLive() {
  if (document.visibilityState === "visible") live.listen();
  else live.pause();
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
  listen();
  const token = takeToken();
  if (api.isSignedIn()) showPractice();
  else if (!token) leave();
  if (token) follow(token);
}

begin();
