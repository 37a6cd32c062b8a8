// Calls to the API: the token, retries, and error messages in plain words.

import * as clock from "./clock.js";
import { byId } from "./dom.js";

const TOKEN = "contest.token";
const TIMEOUT_MS = 15_000;
const DELAYS_MS = [500, 1000, 2000, 4000];
const LONGEST_DELAY_MS = 30_000;

let token = sessionStorage.getItem(TOKEN);
let session = new AbortController();
let refused = () => {};
let waiting = 0;

/** The call ended with an error to show. */
export class ApiError extends Error {
  constructor(message, { status = 0, code = "unreachable", field = null } = {}) {
    super(message);
    Object.assign(this, { status, code, field });
  }
}

/** The session of the call ended before the call did: there is nothing to show. */
export class SignedOut extends Error {}

/** The message of a failed call, or null if its session has ended. */
export function messageOf(failed) {
  if (failed instanceof ApiError) return failed.message;
  if (failed instanceof SignedOut) return null;
  throw failed;
}

export const isSignedIn = () => token !== null;

export const isSignedInWith = (other) => token === other;

/** Calls `handler` with a message when the API rejects the token. */
export function onRefused(handler) {
  refused = handler;
}

export function signIn(newToken) {
  signOut();
  token = newToken;
  sessionStorage.setItem(TOKEN, token);
}

/** Removes the token, and aborts the calls made with it. */
export function signOut() {
  session.abort();
  session = new AbortController();
  token = null;
  sessionStorage.removeItem(TOKEN);
}

/**
 * Calls the API, and retries until the response is final. Calls must be idempotent: a creation
 * carries a key, the others set or read a state. Pass `once` for a call that is not.
 */
export async function call(method, path, { body, key, once = false } = {}) {
  const mine = session;
  for (let attempt = 0; ; attempt += 1) {
    const answer = await tryOnce(method, path, body, key, mine.signal);
    if (mine.signal.aborted) throw new SignedOut();
    if (answer.body !== undefined) return answer.body;
    if (answer.error.status === 401) {
      refused(answer.error.message);
      throw new SignedOut();
    }
    if (once || !answer.again || attempt === DELAYS_MS.length) throw answer.error;
    await pause(Math.max(DELAYS_MS[attempt] * (0.75 + Math.random() / 2), answer.after), mine.signal);
  }
}

/**
 * Calls `heard` with the number and the data of each event of the stream at `path`, as it arrives; of one
 * that keeps its events, after number `after`. Resolves to `ended` when an open stream ends, `failed` when
 * none could be opened, and `none` when a retry is useless.
 */
export async function streamEvents(path, after, signal, heard) {
  const headers = { Accept: "text/event-stream", Authorization: `Bearer ${token}` };
  if (after !== null) headers["Last-Event-ID"] = after;
  let open = false;
  try {
    const response = await fetch(new URL(`api/${path}`, document.baseURI), {
      headers,
      cache: "no-store",
      credentials: "same-origin",
      signal: AbortSignal.any([session.signal, signal]),
    });
    if (response.status === 401) refused(WORDS.unauthorized);
    if ([401, 404].includes(response.status)) return "none";
    if (!response.ok) return "failed";
    open = true;
    await readEvents(response.body, heard);
    return "ended";
  } catch {
    return open ? "ended" : "failed";
  }
}

/** Reads the numbers and the data of events. The data of this API's events is one line. */
async function readEvents(body, heard) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (text + value).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const id = /^id: (\d+)$/m.exec(block);
      const data = /^data: (.*)$/m.exec(block);
      if (id) heard(id[1], data?.[1]);
    }
  }
}

async function tryOnce(method, path, body, key, signal) {
  const headers = { Accept: "application/json", Authorization: `Bearer ${token}` };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key !== undefined) headers["Idempotency-Key"] = key;
  const asked = performance.now();
  try {
    const response = await fetch(new URL(`api/${path}`, document.baseURI), {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-cache",
      credentials: "same-origin",
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    if (!response.ok) return await failure(response);
    const answer = await response.json();
    clock.learn((answer.contest ?? answer.rounds?.[0] ?? answer).server_now, asked, performance.now());
    return { body: answer };
  } catch {
    const message = "The server cannot be reached. Check your connection and try again.";
    return { error: new ApiError(message), again: true, after: 0 };
  }
}

async function failure(response) {
  const details = await response.json().catch(() => ({}));
  const code = String(details.type ?? "").replace("urn:contest:", "");
  const field = details.field ?? null;
  const error = new ApiError(inWords(response.status, code, details), {
    status: response.status,
    code,
    field,
  });
  const again = [408, 429, 502, 503, 504].includes(response.status);
  const after = Number(response.headers.get("Retry-After") ?? 0) * 1000 || 0;
  return { error, again: again && after <= LONGEST_DELAY_MS, after };
}

const WORDS = {
  active_contest_exists: "A contest is already running.",
  contended: "Your data kept changing. Try again in a moment.",
  contest_not_abandoned: "This contest was not abandoned.",
  contest_not_accepting: "This contest has ended.",
  contest_not_found: "This contest does not exist any more.",
  deadline_passed: "The time of this contest is over.",
  internal_error: "Something is wrong on the server’s side. Try again later.",
  no_eligible_problems: "No matching problem is left. Change your choices.",
  resume_not_allowed: "Contests cannot be resumed here.",
  round_not_found: "This round does not exist, or you may not take part in it.",
  round_not_open: "This round has not opened yet.",
  unauthorized: "This token is not accepted. It may have expired: paste a new one.",
};

function inWords(status, code, details) {
  if (WORDS[code]) return WORDS[code];
  if (status === 401) return WORDS.unauthorized;
  if (status === 429) return "Too many requests. Wait a moment and try again.";
  if ([502, 503, 504].includes(status)) return "The server is not available. Try again in a moment.";
  const detail = details.detail ?? details.title;
  return detail ? sentence(String(detail)) : `The server answered with an error (${status}).`;
}

/** With a capital letter and a full stop. */
function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

/** Waits before the next attempt, and shows a banner; going online ends the wait. */
async function pause(milliseconds, signal) {
  waiting += 1;
  showWaiting();
  await new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done() {
      clearTimeout(timer);
      removeEventListener("online", done);
      signal.removeEventListener("abort", done);
      resolve();
    }
    addEventListener("online", done);
    signal.addEventListener("abort", done);
  });
  waiting -= 1;
  // Delayed until the attempt had time to succeed, so that the banner does not flicker.
  setTimeout(showWaiting, 300);
}

function showWaiting() {
  const text = navigator.onLine
    ? "The server does not answer. Trying again…"
    : "You are offline. Trying again when the connection is back…";
  const banner = byId("banner");
  const wanted = waiting > 0 ? text : "";
  if (banner.textContent !== wanted) banner.textContent = wanted;
}
