// Follows streams of events: the user's own, if the server records events, and those of other parts.

import { streamEvents } from "./api.js";

const SHORTEST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 30_000;
/** Events within this time of each other are handled together: ten ticks in a row cause one refresh. */
const GATHER_MS = 150;

let offered = false;
let happened = () => {};
let gathering = 0;
let listening = null;
let last = null;

/** `handler` is called once for events that arrive together. */
export function start(handler) {
  happened = handler;
}

/** Applies the server's options. */
export function offer(options) {
  offered = options.events;
}

/** Opens the stream, unless it is open or the server has none. */
export function listen() {
  if (listening || !offered) return;
  listening = new AbortController();
  follow("users/me/events", listening.signal, heard, () => last);
}

/** Closes the stream. The next `listen` gets the events missed since. */
export function pause() {
  listening?.abort();
  listening = null;
  clearTimeout(gathering);
}

/** Clears all state: another user may sign in. */
export function clear() {
  pause();
  last = null;
}

function heard(id) {
  last = id;
  clearTimeout(gathering);
  gathering = setTimeout(happened, GATHER_MS);
}

/**
 * Calls `heard` with the events of the stream at `path` until `signal` aborts. Reopens the stream whenever
 * it ends, after growing pauses while that fails. A stream that keeps its events continues after number
 * `after()`.
 */
export async function follow(path, signal, heard, after = () => null) {
  let wait = SHORTEST_PAUSE_MS;
  while (!signal.aborted) {
    const outcome = await streamEvents(path, after(), signal, (id, data) => {
      if (!signal.aborted) heard(id, data);
    });
    if (outcome === "none") return;
    wait = outcome === "ended" ? SHORTEST_PAUSE_MS : Math.min(2 * wait, LONGEST_PAUSE_MS);
    await rest(wait * (0.75 + Math.random() / 2), signal);
  }
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
