// @ts-check
/**
 * Notices that the computer slept: no sign of life for longer than any timer is put off, or its clock
 * went on while the page's stood still. Times taken over such a gap are wrong until the server is asked.
 */

/** Browsers let the timers of a page out of sight run once a minute. */
export const GAP_MS = 90_000;
export const DRIFT_MS = 5_000;

export class Wake {
  /** @param {() => number} wall ms, the computer's clock @param {() => number} mono ms, the page's clock */
  constructor(wall, mono) {
    this.wall = wall;
    this.mono = mono;
    this.wallMs = wall();
    this.monoMs = mono();
  }

  /** Whether it slept since it was last asked; to be asked at least once a minute. */
  slept() {
    const [wall, mono] = [this.wall(), this.mono()];
    const [gap, lived] = [wall - this.wallMs, mono - this.monoMs];
    [this.wallMs, this.monoMs] = [wall, mono];
    return lived > GAP_MS || Math.abs(gap - lived) > DRIFT_MS;
  }
}

/**
 * Report when the page is hidden or visible again, once each, and when it leaves. A page that leaves
 * is hidden before `leave` is called, so that this is still stored.
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
