// @ts-check
/** Two seconds in which a library shows that it keeps up with eight pictures a second. Pure. */
import { median } from "../action_units.js";

export const TRIAL_MS = 2000;
export const SLOWEST_MS = 1000 / 8;
/** The first pictures wait for shaders to compile; they are not counted. */
const WARMING = 2;

export class Trial {
  constructor() {
    /** @type {number[]} */
    this.costs = [];
    /** @type {"trying" | "fit" | "slow"} */
    this.verdict = "trying";
  }

  /** @param {number} busyMs */
  add(busyMs) {
    if (this.verdict !== "trying") return this.verdict;
    this.costs.push(busyMs);
    const told = this.costs.slice(WARMING);
    const spent = told.reduce((sum, each) => sum + Math.max(each, SLOWEST_MS), 0);
    if (spent >= TRIAL_MS) this.verdict = median(told) <= SLOWEST_MS ? "fit" : "slow";
    return this.verdict;
  }
}
