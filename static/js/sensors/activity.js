// @ts-check
/**
 * Whether this page is in front of its Learner: shares of each second, and how often it was left.
 */

export const stream = "activity";
export const rateHz = 1;
export const channels = Object.freeze(["visible", "focused", "fullscreen", "blurs"]);

/** @typedef {{visible: boolean, focused: boolean, fullscreen: boolean}} Now */

/** Adds up how long each state lasted. */
export class Shares {
  /** @param {Now} now @param {number} ms */
  constructor(now, ms) {
    this.now = now;
    this.ms = ms;
    this.lasted = { visible: 0, focused: 0, fullscreen: 0 };
    this.blurs = 0;
  }

  /** Account for a possible change of the state at `ms`. @param {Now} now @param {number} ms */
  turn(now, ms) {
    for (const name of /** @type {(keyof Now)[]} */ (["visible", "focused", "fullscreen"])) {
      if (this.now[name]) this.lasted[name] += ms - this.ms;
    }
    if (this.now.focused && !now.focused) this.blurs += 1;
    this.now = now;
    this.ms = ms;
  }

  /**
   * Return the row for the time since the last one.
   * @param {Now} now @param {number} ms @param {number} sinceMs
   */
  row(now, ms, sinceMs) {
    this.turn(now, ms);
    const whole = Math.max(1, ms - sinceMs);
    const { visible, focused, fullscreen } = this.lasted;
    const row = [...[visible, focused, fullscreen].map((part) => Math.min(1, part / whole)), this.blurs];
    this.lasted = { visible: 0, focused: 0, fullscreen: 0 };
    this.blurs = 0;
    return row;
  }
}

/** @returns {Now} */
function look() {
  return {
    visible: document.visibilityState === "visible",
    focused: document.hasFocus(),
    fullscreen: document.fullscreenElement !== null,
  };
}

/** @param {import("../telemetry/sensor_manager.js").OnRows} onRows @returns {() => void} */
export function start(onRows) {
  const listening = new AbortController();
  const options = { signal: listening.signal };
  let sinceMs = performance.now();
  const shares = new Shares(look(), sinceMs);
  const turn = () => shares.turn(look(), performance.now());
  document.addEventListener("visibilitychange", turn, options);
  document.addEventListener("fullscreenchange", turn, options);
  window.addEventListener("focus", turn, options);
  window.addEventListener("blur", () => shares.turn({ ...look(), focused: false }, performance.now()), options);
  const timer = setInterval(() => {
    const ms = performance.now();
    const row = shares.row(look(), ms, sinceMs);
    sinceMs = ms;
    onRows([row], { quality: 1 });
  }, 1000 / rateHz);
  return () => {
    clearInterval(timer);
    listening.abort();
  };
}
