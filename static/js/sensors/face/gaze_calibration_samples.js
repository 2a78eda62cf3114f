// @ts-check
/** Directions of the eyes while known places were looked at, place by place. Pure. */
import { mean, unit } from "./geometry.js";
import { fitted } from "./gaze_fit.js";
import { median } from "./action_units.js";

/** Eyes rest on a dot for this long before a hand presses it. */
export const HELD_MS = 500;
const FEWEST = 3;

export class Looks {
  constructor() {
    /** @type {{ms: number, x: number, y: number}[]} */
    this.recent = [];
    /** @type {import("./gaze_fit.js").Place[]} */
    this.places = [];
  }

  /** @param {{ms: number, gaze: number[] | null}} seen */
  saw({ ms, gaze }) {
    if (!gaze || Number.isNaN(gaze[0])) return;
    const [first, second] = [gaze.slice(0, 3), gaze.slice(3, 6)];
    const [x, y] = unit(mean(/** @type {import("./geometry.js").Point[]} */ ([first, second])));
    this.recent = [...this.recent.filter((row) => ms - row.ms < HELD_MS), { ms, x, y }];
  }

  /**
   * Record that this place is looked at now.
   * @param {{u: number, v: number}} place in shares of the screen @param {number} ms
   * @returns {boolean} whether the eyes were detected
   */
  take({ u, v }, ms) {
    const rows = this.recent.filter((row) => ms - row.ms < HELD_MS);
    if (rows.length < FEWEST) return false;
    this.places.push({ u, v, x: median(rows.map(({ x }) => x)), y: median(rows.map(({ y }) => y)) });
    return true;
  }

  fit() {
    return fitted(this.places);
  }
}

/**
 * Return the middle of a box of the page, in shares of the screen.
 * @param {{left: number, top: number, width: number, height: number}} box
 * @param {Pick<Window, "screenX" | "screenY" | "outerWidth" | "outerHeight" | "innerWidth" | "innerHeight"> & {screen: {width: number, height: number}}} view
 */
export function onScreen(box, view) {
  const frame = (view.outerWidth - view.innerWidth) / 2;
  const above = view.outerHeight - view.innerHeight - frame;
  return {
    u: (view.screenX + frame + box.left + box.width / 2) / view.screen.width,
    v: (view.screenY + above + box.top + box.height / 2) / view.screen.height,
  };
}
