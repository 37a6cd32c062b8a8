// The server's time. It is carried on by the browser's counter, which nobody can set, from the last
// answer that told it; the computer's own clock says only that this has become doubtful.

const DOUBT_MS = 2000;
let known = null;

/** Learns from an answer that was asked for and came in at these `performance.now()`. */
export function learn(serverNow, asked, received) {
  const server = Date.parse(serverNow);
  if (Number.isNaN(server)) return;
  // The server read its clock somewhere between the two: the middle is off by half of that at most.
  known = { server, counter: (asked + received) / 2, drift: Date.now() - performance.now() };
}

/** The server's time now, in milliseconds since 1970. */
export function serverNow() {
  return known ? known.server + (performance.now() - known.counter) : NaN;
}

/** Whether the counter may have stood still, as it does while some computers sleep. */
export function isDoubtful() {
  return known !== null && Math.abs(Date.now() - performance.now() - known.drift) > DOUBT_MS;
}
