// @ts-check
/**
 * The way from the Sitting of one unit to that of the next, with the sensors running (ADR 0079).
 *
 * Until the next Sitting is welcome, what is sensed belongs to the one before; then each row belongs
 * to the Sitting in which it began. Loaded at the first move of a page.
 */
import { uuid } from "./browser.js";
import { tell } from "./dom_events.js";
import { EarlierSitting } from "./earlier_sitting.js";

/** Sensors wait no longer than this for the Sitting of the next unit. */
export const HANDOVER_MS = 15_000;

/**
 * @typedef {object} Page what the page of the Sittings has
 * @property {import("./sensor_manager.js").Sensing} sensing
 * @property {() => boolean} isWelcome whether its present Sitting is
 */

export class Handover {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    /** The Sittings of the units before, until they are sent; oldest first. @type {EarlierSitting[]} */
    this.earlier = [];
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** Whether the sensors run for a Sitting that the page has left. */
  get isWaiting() {
    return !this.page.isWelcome() && this.earlier.some(({ isClosed }) => !isClosed);
  }

  /** Keep a Sitting until it is sent, and wait for the next one. @param {import("./earlier_sitting.js").Parts} left */
  leave(left) {
    this.earlier = this.earlier.filter(({ isClosed }) => !isClosed);
    this.earlier.push(new EarlierSitting(left, {
      withdrawn: (change) => this.page.isWelcome() || this.#withdraw(change),
      ended: () => this.#end(),
    }));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#giveUp(), HANDOVER_MS);
  }

  /**
   * Back in a unit whose Sitting is still being sent: it goes on with a new socket, and has only one.
   * @param {string} sitting
   */
  release(sitting) {
    for (const each of this.earlier) if (each.outbox.sitting === sitting) each.close();
  }

  /**
   * Store rows for the Sitting in which they began; return whether it is an earlier one.
   * @param {number} beginsMs @param {Parameters<EarlierSitting["take"]>} rows
   */
  take(beginsMs, ...rows) {
    const earlier = this.earlier.find((each) => each.takes(beginsMs));
    earlier?.take(...rows);
    return Boolean(earlier);
  }

  /**
   * Handle the welcome of the next Sitting. Return the messages about devices that go on in it.
   * @param {number} beganMs by the page's clock @param {Map<string, number>} epochs that it allows
   */
  finish(beganMs, epochs) {
    clearTimeout(this.timer);
    for (const each of this.earlier) each.finish(beganMs);
    return [...this.page.sensing.lanes].flatMap(([stream, { device, epoch }]) =>
      (device && epochs.get(stream) === epoch ? [{ type: "device", id: uuid(), stream, ...device }] : []));
  }

  /** Everything was switched off: send nothing more. */
  forget() {
    for (const each of this.earlier.splice(0)) each.forget();
  }

  close() {
    clearTimeout(this.timer);
    for (const each of this.earlier.splice(0)) each.close();
  }

  /** A Grant changed before the next Sitting knows. @param {{scope: string}} change */
  #withdraw(change) {
    const [stream, purpose] = change.scope.split(":");
    if (purpose === "adapt") this.page.sensing.forbid(stream);
    tell("attune:consent", change);
  }

  /** The server refused an earlier Sitting: no Sitting takes what is sensed now. */
  #end() {
    if (!this.page.isWelcome() && !this.isWaiting) this.page.sensing.stop();
  }

  /** The next Sitting did not come: sense nothing until it does. */
  #giveUp() {
    this.page.sensing.stop();
    this.close();
    tell("attune:over", { why: "unopened" });
  }
}
