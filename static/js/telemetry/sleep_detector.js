// @ts-check
/**
 * Detects that the computer slept: no activity for longer than any timer is delayed, or its clock
 * advanced while the page's stopped.
 *
 * Times taken over such a gap are wrong until the server is asked.
 */

/** Browsers run the timers of a hidden page once a minute. */
export const GAP_MS = 90_000;
export const DRIFT_MS = 5_000;

export class Wake {
  /**
   * @param {() => number} wall ms, the computer's clock
   * @param {() => number} mono ms, the page's clock
   */
  constructor(wall, mono) {
    this.wall = wall;
    this.mono = mono;
    this.wallMs = wall();
    this.monoMs = mono();
  }

  /** Return whether it slept since the last call; must be called at least once a minute. */
  slept() {
    const [wall, mono] = [this.wall(), this.mono()];
    const [gap, lived] = [wall - this.wallMs, mono - this.monoMs];
    [this.wallMs, this.monoMs] = [wall, mono];
    return lived > GAP_MS || Math.abs(gap - lived) > DRIFT_MS;
  }
}

/**
 * Report when the page is hidden or visible again, once each, and when it is left. A page that is
 * left is hidden before `leave` is called, so that this is still stored.
 * @param {(visible: 0 | 1) => void} report @param {() => void} leave
 * @returns {() => void} ends it
 */
export function watchVisibility(report, leave) {
  const state = () => (document.visibilityState === "visible" ? 1 : 0);
  /** @type {0 | 1} */
  let last = state();
  const say = (/** @type {0 | 1} */ visible) => {
    if (visible === last) return;
    last = visible;
    report(visible);
  };
  const stop = new AbortController();
  document.addEventListener("visibilitychange", () => say(state()), { signal: stop.signal });
  window.addEventListener("pagehide", () => { say(0); leave(); }, { signal: stop.signal });
  window.addEventListener("pageshow", () => say(state()), { signal: stop.signal });
  return () => stop.abort();
}
