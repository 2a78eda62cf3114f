// @ts-check
/**
 * Inference on this machine: rows go to a worker of this page instead of to the server, and only
 * the estimate of each cut is sent.
 *
 * What could not be sent at once is dropped.
 */
import { startWorker } from "../lib/trusted_types.js";
import { uuid } from "./browser.js";

/** The last second of a cut has been sensed by then. */
const AFTER_S = 0.6;
const LOOK_MS = 250;
const HOP_S = 5;

/**
 * @typedef {{digest: string, network: string, integrity: string, streams: string[]}} About
 *   network "": nothing can be computed here
 */

export class Here {
  /**
   * @param {About} about @param {() => number} now s since the Sitting began
   * @param {(message: any) => void} say
   * @param {() => Worker} made
   */
  constructor(about, now, say, made = beside) {
    this.about = about;
    this.now = now;
    this.say = say;
    this.state = about.network ? "opening" : "nothing";
    this.cut = this.#newest();
    if (!about.network) return;
    this.worker = made();
    this.worker.onmessage = ({ data }) => this.#heard(data);
    this.worker.onerror = () => this.#heard({ state: "failed" });
    this.worker.postMessage({ act: "open", ...about });
    this.timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** @param {string} stream @param {number} epoch @param {{t0: number, rateHz: number, rows: (number | null)[][]}} given @param {string} [backend] */
  take(stream, epoch, { t0, rateHz, rows }, backend) {
    const told = rows.map((row) => row.map((value) => (value === null ? NaN : Math.fround(value))));
    const chunk = { t0, rateHz: Math.fround(rateHz), rows: told, backend };
    this.worker?.postMessage({ act: "take", stream, epoch, chunk });
  }

  /** @param {string} stream */
  forget(stream) {
    this.worker?.postMessage({ act: "forget", stream });
  }

  /**
   * What is not used here is not sensed either, because nothing would come of it.
   * @param {string} stream
   */
  reads(stream) {
    return this.about.streams.includes(stream);
  }

  /** @returns {undefined} */
  close() {
    clearInterval(this.timer);
    this.worker?.terminate();
    this.worker = undefined;
  }

  /** The newest cut that is over. */
  #newest() {
    return Math.floor((this.now() - AFTER_S) / HOP_S) - 1;
  }

  /** After sleep the cuts in between are of no use any more. */
  #look() {
    const newest = this.#newest();
    if (newest <= this.cut) return;
    this.cut = newest;
    this.worker?.postMessage({ act: "cut", cut: newest });
  }

  /** @param {{state?: string, guess?: any}} told */
  #heard({ state, guess }) {
    this.state = state ?? this.state;
    if (guess) this.say({ type: "guess", id: uuid(), t: this.now(), digest: this.about.digest, ...guess });
  }
}

/**
 * Return what computes estimates in this page from now on: the previous one, another, or nothing.
 * @param {{close: () => undefined} | undefined} before @param {About | undefined} about
 * @param {() => number} now @param {(message: any) => void} say
 */
export function chosen(before, about, now, say) {
  if (about && before instanceof Here && about.digest === before.about.digest) return before;
  before?.close();
  return about && new Here(about, now, say);
}

const beside = () => startWorker(new URL("../edge/worker.js", import.meta.url), { type: "module", name: "attune-guesses" });
