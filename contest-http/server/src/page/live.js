// What happens to the person, told by the server as it happens, where it keeps events.

import { streamEvents } from "./api.js";

const SHORTEST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 30_000;
/** So long after an event others are waited for: ten ticks in a row are looked at once. */
const GATHER_MS = 150;

let offered = false;
let happened = () => {};
let gathering = 0;
let listening = null;
let last = null;

/** `handler` is called after events, once for those that came together. */
export function start(handler) {
  happened = handler;
}

/** Takes over what the server offers. */
export function offer(options) {
  offered = options.events;
}

/** Listens from now on, unless it does already or there is nothing to hear. */
export function listen() {
  if (listening || !offered) return;
  listening = new AbortController();
  stay(listening.signal);
}

/** Hears nothing until it listens again, and then what it has missed. */
export function pause() {
  listening?.abort();
  listening = null;
  clearTimeout(gathering);
}

/** Forgets everything: another person may sign in. */
export function clear() {
  pause();
  last = null;
}

/** Comes back whenever the stream ends, later and later while it cannot be opened. */
async function stay(signal) {
  let wait = SHORTEST_PAUSE_MS;
  while (!signal.aborted) {
    const outcome = await streamEvents(last, signal, (id) => heard(id, signal));
    if (outcome === "none") return;
    wait = outcome === "ended" ? SHORTEST_PAUSE_MS : Math.min(2 * wait, LONGEST_PAUSE_MS);
    await rest(wait * (0.75 + Math.random() / 2), signal);
  }
}

function heard(id, signal) {
  if (signal.aborted) return;
  last = id;
  clearTimeout(gathering);
  gathering = setTimeout(happened, GATHER_MS);
}

function rest(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
