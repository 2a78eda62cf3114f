// @ts-check
/**
 * From rows to the Predictor's result for a cut: the whole Window, then with each Stream left out.
 */
import { features, MODULES, opening } from "./features.js";

/**
 * @typedef {import("./track.js").Chunk} Chunk
 * @typedef {import("./features.js").Features} Features
 * @typedef {Readonly<Record<string, Features>>} Seen
 * @typedef {{proba: number[][], used: Record<string, boolean>[]}} Said one row for each Window
 * @typedef {{cut: number, probabilities: number[][], streams: Record<string, number>,
 *   unfamiliar: string[], quality: number}} Guess streams: the epoch in which each was sensed
 * @typedef {{epoch: number, chunks: Chunk[], first: Chunk[], usual: number[] | null}} Held
 *   first: rows of the first minute, until it is over
 */

export const HOP_S = 5;
const WINDOW_S = 10;
const OPENING_S = 60;
/** A Block covers no longer time, and neither does a row. */
const KEPT_S = WINDOW_S + 20;

export class Guesser {
  /** @param {(windows: Seen[]) => Promise<Said>} ask */
  constructor(ask) {
    this.ask = ask;
    /** @type {Map<string, Held>} */
    this.held = new Map();
  }

  /**
   * Add rows as a Block would contain them.
   * @param {string} stream @param {number} epoch @param {Chunk} chunk
   */
  take(stream, epoch, chunk) {
    if (!MODULES[stream]) return;
    if (this.held.get(stream)?.epoch !== epoch) {
      this.held.set(stream, { epoch, chunks: [], first: [], usual: null });
    }
    const held = /** @type {Held} */ (this.held.get(stream));
    held.chunks = [...held.chunks.filter(({ t0 }) => t0 > chunk.t0 - KEPT_S), chunk];
    if (chunk.t0 < OPENING_S) held.first.push(chunk);
  }

  /** Delete a withdrawn stream. @param {string} stream */
  forget(stream) {
    this.held.delete(stream);
  }

  /**
   * Return the estimate for a cut that is over; null where nothing was sensed in it.
   * @param {number} cut @returns {Promise<Guess | null>}
   */
  async guess(cut) {
    const t1 = HOP_S * cut + HOP_S;
    const { seen, streams } = this.#seen(Math.max(0, t1 - WINDOW_S), t1);
    const names = Object.keys(streams).sort();
    if (!names.length) return null;
    const without = names.length > 1 ? names.map((gone) => omit(seen, gone)) : [];
    const { proba, used } = await this.ask([seen, ...without]);
    const unfamiliar = names.filter((name) => seen[name] && !used[0][name]);
    const quality = names.reduce((total, name) => total + streams[name].quality, 0) / names.length;
    const epochs = Object.fromEntries(names.map((name) => [name, streams[name].epoch]));
    return { cut, probabilities: proba, streams: epochs, unfamiliar, quality };
  }

  /** @param {number} t0 @param {number} t1 */
  #seen(t0, t1) {
    /** @type {Record<string, Features>} */
    const seen = {};
    /** @type {Record<string, {epoch: number, quality: number}>} */
    const streams = {};
    for (const [stream, held] of this.held) {
      const found = features(stream, held.chunks, t0, t1, this.#usual(stream, held, t0));
      if (!found) continue;
      seen[stream] = found;
      streams[stream] = { epoch: held.epoch, quality: found.quality };
    }
    return { seen, streams };
  }

  /**
   * Return the person's usual values, once their first minute is over.
   * @param {string} stream @param {Held} held @param {number} t0
   */
  #usual(stream, held, t0) {
    if (t0 < OPENING_S) return undefined;
    if (held.first.length) {
      held.usual = opening(stream, held.first, OPENING_S);
      held.first = [];
    }
    return held.usual ?? undefined;
  }
}

/** @param {Seen} seen @param {string} gone @returns {Seen} */
const omit = (seen, gone) => Object.fromEntries(Object.entries(seen).filter(([name]) => name !== gone));
