// The time left, second by second.

import { isDoubtful, serverNow } from "./clock.js";
import { announce } from "./dom.js";

/** The minutes left at which a screen reader announces the time. The seconds are only visible. */
const ANNOUNCED = [60, 30, 15, 10, 5, 1];

const LONGEST_WAIT_MS = 10_000;

let timer = 0;
/** The deadline of the last countdown and the time left, which the next countdown may continue. */
let last = { deadline: null, left: null };

/**
 * Counts down in `element` to `deadline` by the server's clock. Calls `ask` every second while the time
 * is over or the clock is doubtful, because only the server knows.
 */
export function count(element, deadline, ask) {
  stop();
  if (last.deadline !== deadline) last = { deadline, left: null };
  (function tick(isFirst) {
    const left = deadline - serverNow();
    element.textContent = asClock(left);
    element.classList.toggle("late", left <= 60_000);
    if (last.left !== null) announceCrossed(last.left, left);
    last.left = left;
    timer = setTimeout(tick, left > 0 ? left % 1000 || 1000 : 1000);
    if (!isFirst && (left <= 0 || isDoubtful())) ask();
  })(true);
}

/** The same without a display: calls `ask` once `until` is reached, and while the clock is doubtful. */
export function wait(until, ask) {
  stop();
  (function tick(isFirst) {
    const left = until - serverNow();
    timer = setTimeout(tick, Math.min(Math.max(left, 1000), LONGEST_WAIT_MS));
    if (!isFirst && (left <= 0 || isDoubtful())) ask();
  })(true);
}

export function stop() {
  clearTimeout(timer);
}

/** "05:00", "01:05:00" */
export function asClock(left) {
  const seconds = Math.max(0, Math.ceil(left / 1000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
  if (seconds >= 3600) parts.unshift(Math.floor(seconds / 3600));
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

function announceCrossed(before, left) {
  const crossed = ANNOUNCED.filter((each) => before > each * 60_000 && left <= each * 60_000);
  const minutes = crossed.at(-1);
  if (minutes !== undefined) announce(minutes === 1 ? "1 minute left" : `${minutes} minutes left`);
}
