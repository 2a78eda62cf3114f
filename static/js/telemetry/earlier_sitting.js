// @ts-check
/**
 * A Sitting whose page has moved to the next unit.
 *
 * It takes what was sensed before the next Sitting began, sends it, and closes. It takes only what
 * was allowed when the page moved, and nothing after the computer slept.
 */
import { encode } from "./block.js";
import { Wake } from "./sleep_detector.js";
import { FINAL } from "./socket.js";

/** The rows of the slowest sensor, which cover five seconds, have arrived by then. */
export const LAST_ROWS_MS = 6000;
/** What could not be sent by then waits until its own page is open again. */
export const LONGEST_MS = 30_000;
const LOOK_MS = 500;

/**
 * @typedef {object} Parts of the Sitting
 * @property {import("./clock.js").RowTimes} rowTimes
 * @property {import("./outbox.js").Outbox} outbox
 * @property {import("./socket.js").Socket} socket
 * @property {Map<string, number>} epochs of the streams that were sensed
 */

export class EarlierSitting {
  /**
   * @param {Parts} parts
   * @param {{withdrawn: (change: any) => void, ended: () => void}} page
   *   withdrawn: a Grant changed, and the next Sitting may not know it yet; ended: its socket was
   *   refused
   */
  constructor({ rowTimes, outbox, socket, epochs }, page) {
    this.rowTimes = rowTimes;
    this.outbox = outbox;
    this.socket = socket;
    this.epochs = epochs;
    /** When the next Sitting began, by the page's clock; unknown until its welcome. */
    this.untilMs = Infinity;
    /** When the page left it, by the page's clock. */
    this.leftMs = performance.now();
    this.isClosed = false;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.looking = undefined;
    this.wake = new Wake(() => Date.now(), () => performance.now());
    socket.heard = (message) => this.#heard(message, page);
    socket.changed = (_online, code = 0) => { if (FINAL.includes(code)) { this.close(); page.ended(); } };
  }

  /** @param {number} beginsMs when rows begin, by the page's clock */
  takes(beginsMs) {
    return !this.isClosed && beginsMs < this.untilMs;
  }

  /**
   * Store rows as a Block.
   * @param {string} stream @param {number} epoch @param {(number | null)[][]} rows
   * @param {number} rateHz @param {number} endMs @param {number} [scale]
   */
  take(stream, epoch, rows, rateHz, endMs, scale) {
    if (this.wake.slept()) return this.close();
    if (this.epochs.get(stream) !== epoch) return;
    const placed = this.rowTimes.place(stream, rows, rateHz, endMs);
    const seconds = rateHz ? rows.length / rateHz : 1;
    this.outbox.addBlock(stream, epoch, (seq) => encode({ stream, epoch, seq, scale, ...placed }), seconds);
  }

  /**
   * The next Sitting began at `untilMs`, and has its own socket. It may be an older one that goes on,
   * and only the first that follows counts.
   * @param {number} untilMs
   */
  finish(untilMs) {
    this.untilMs = Math.min(this.untilMs, Math.max(untilMs, this.leftMs));
    const sinceMs = performance.now();
    this.looking ??= setInterval(() => {
      const passedMs = performance.now() - sinceMs;
      if (passedMs > LONGEST_MS || (passedMs > LAST_ROWS_MS && this.#isSent())) this.close();
    }, LOOK_MS);
  }

  /** Everything was switched off: send nothing more. */
  forget() {
    for (const stream of [...this.outbox.blocks.keys()]) this.#drop(stream);
    this.close();
  }

  /** Its store must not block the next page. */
  close() {
    if (this.isClosed) return;
    this.isClosed = true;
    clearInterval(this.looking);
    this.socket.close();
    this.outbox.store.close();
  }

  #isSent() {
    return !this.outbox.texts.size && ![...this.outbox.blocks.values()].some((blocks) => blocks.length);
  }

  /** @param {any} message @param {{withdrawn: (change: any) => void}} page */
  #heard(message, page) {
    this.outbox.hear(message);
    if (message.type === "welcome") this.#narrow(message);
    if (message.type !== "consent.changed") return;
    const [changed, purpose] = message.scope.split(":");
    if (purpose === "adapt") this.#drop(changed);
    page.withdrawn(message);
  }

  /** A new socket allows less, never more. @param {any} welcome */
  #narrow({ streams }) {
    const allowed = new Map(streams.map((/** @type {any} */ each) => [each.stream, each.epoch]));
    for (const [stream, epoch] of this.epochs) if (allowed.get(stream) !== epoch) this.#drop(stream);
    for (const { stream, next_seq } of streams) this.outbox.startAt(stream, next_seq);
  }

  /** @param {string} stream */
  #drop(stream) {
    this.epochs.delete(stream);
    this.outbox.empty(stream);
  }
}
