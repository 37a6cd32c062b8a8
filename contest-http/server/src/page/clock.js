// The server's time: the time in the last response, carried forward by the browser's monotonic
// counter. The computer's clock only shows that this time may have become wrong.

const DOUBT_MS = 2000;
let known = null;

/** Learns from a response that was requested and received at these `performance.now()` times. */
export function learn(serverNow, asked, received) {
  const server = Date.parse(serverNow);
  if (Number.isNaN(server)) return;
  // The server read its clock between the two: the middle is off by at most half of that time.
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
