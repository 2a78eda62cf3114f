// @ts-check
/**
 * One stream that uses the camera: its rows on the grid, and its status in a word.
 *
 * Without exactly one face there is no row; after two seconds of that, the status says so.
 */
import { Grid, RATE_HZ } from "./grid.js";
import { pace, watch } from "./camera.js";

const TICK_MS = 500;
const SILENT_MS = 2000;
/** No frame for this long: the camera is open but gives nothing (a shutter, a driver). */
const STUCK_MS = 8000;

/** @type {Map<string, Lane>} */
const lanes = new Map();

/**
 * Set the rows a second of this stream, and analyse no more pictures than a stream needs.
 * @param {string} stream @param {number} rateHz
 */
export function slow(stream, rateHz) {
  lanes.get(stream)?.slow(rateHz);
  if (lanes.size) pace(Math.max(...[...lanes.values()].map((lane) => lane.rateHz)));
}

/**
 * @param {"face" | "gaze"} stream @param {(row: number[]) => number[]} fill
 * @param {import("../../telemetry/sensor_manager.js").OnRows} onRows @returns {() => void}
 */
export function follow(stream, fill, onRows) {
  const lane = new Lane(stream, fill, onRows);
  lanes.set(stream, lane);
  lane.is("opening");
  const timer = setInterval(() => lane.tick(performance.now()), TICK_MS);
  const leave = watch(stream, { saw: (seen) => lane.saw(seen), is: (word) => lane.is(word) });
  return () => {
    clearInterval(timer);
    lanes.delete(stream);
    leave();
  };
}

export class Lane {
  /** @param {"face" | "gaze"} stream @param {(row: number[]) => number[]} fill @param {import("../../telemetry/sensor_manager.js").OnRows} onRows */
  constructor(stream, fill, onRows) {
    this.stream = stream;
    this.onRows = onRows;
    this.word = "";
    this.backend = "";
    this.quality = 0;
    this.alive = false;
    this.frameMs = 0;
    this.rowMs = 0;
    this.fill = fill;
    this.rateHz = RATE_HZ;
    this.grid = new Grid((rows, endMs) => this.#give(rows, endMs), fill);
  }

  /** @param {number} rateHz */
  slow(rateHz) {
    this.grid.flush();
    this.rateHz = Math.min(RATE_HZ, rateHz);
    this.grid = new Grid((rows, endMs) => this.#give(rows, endMs), this.fill, this.rateHz);
  }

  /** Set the status of the camera as a whole. @param {string} word */
  is(word) {
    this.grid.flush();
    this.alive = false;
    this.#now(word, 0);
  }

  /** @param {import("./message.js").Seen} seen */
  saw(seen) {
    if (!this.alive) this.rowMs = seen.ms;
    this.alive = true;
    this.frameMs = seen.ms;
    const row = seen[this.stream];
    if (!row) {
      if (seen.ms - this.rowMs >= SILENT_MS) this.#now(seen.word, 0);
      return;
    }
    this.rowMs = seen.ms;
    if (seen.backend !== this.backend) this.#through(seen);
    this.#now(seen.word, seen.quality);
    this.grid.add(row, seen.ms);
  }

  /**
   * Use the new library that finds the landmarks; a run of rows never mixes two.
   * @param {import("./message.js").Seen} seen
   */
  #through({ backend, word, quality }) {
    this.grid.flush();
    this.backend = backend;
    this.onRows([], { state: word, quality, device: { backend, scale: 1 } });
  }

  /** @param {number} ms */
  tick(ms) {
    this.grid.tick(ms);
    if (this.alive && ms - this.frameMs > STUCK_MS) this.#now("no_picture", 0);
  }

  /**
   * Report the status only when it changed; the quality comes with the rows.
   * @param {string} word @param {number} quality
   */
  #now(word, quality) {
    this.quality = quality;
    if (this.word === word) return;
    this.word = word;
    this.onRows([], { state: word, quality });
  }

  /** @param {number[][]} rows @param {number} endMs */
  #give(rows, endMs) {
    this.onRows(rows, { state: this.word, quality: this.quality, rateHz: this.rateHz, endMs });
  }
}
