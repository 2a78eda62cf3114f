// @ts-check
/**
 * The stream's rows from the worker, one a second, and its status in a word.
 *
 * While a face is visible without a reliable pulse, the status is looking; that is usual and no
 * error.
 */
import { t } from "../../lib/i18n.js";
import { WORDS } from "./message.js";

const SILENT_MS = 2000;
/** No frame for this long: the camera is open but gives nothing. */
const STUCK_MS = 8000;

export class PulseLane {
  /** @param {import("../../telemetry/sensor_manager.js").OnRows} onRows */
  constructor(onRows) {
    this.onRows = onRows;
    this.word = "";
    this.backend = "";
    this.alive = false;
    this.frameMs = 0;
    this.faceMs = 0;
    this.seconds = { all: 0, known: 0 };
  }

  /** Set the status of the camera as a whole. @param {string} word */
  is(word) {
    this.alive = false;
    this.#now(word);
  }

  /** @param {import("../face/message.js").Seen} seen */
  saw(seen) {
    if (!this.alive) this.faceMs = seen.ms;
    this.alive = true;
    this.frameMs = seen.ms;
    if (seen.faces !== 1) {
      if (seen.ms - this.faceMs >= SILENT_MS) this.#now(seen.word);
      return;
    }
    this.faceMs = seen.ms;
    if (!WORDS.includes(this.word)) this.#now("looking");
    if (seen.backend !== this.backend) this.#through(seen.backend);
  }

  /** Use the new library that finds the face. @param {string} backend */
  #through(backend) {
    this.backend = backend;
    this.onRows([], { state: this.word, quality: 0, device: { backend, scale: 1 } });
  }

  /** @param {import("./message.js").Told} told */
  heard({ word, ms, row }) {
    if (!this.alive) return;
    if (!row) return this.#now(word);
    this.word = word;
    this.seconds.all += 1;
    if (!Number.isNaN(row[0])) this.seconds.known += 1;
    this.onRows([row], { state: word, quality: row[3], endMs: ms, note: this.#note(row[0]) });
  }

  /** @param {number} hr */
  #note(hr) {
    const share = t("known in {known} of {all} seconds", this.seconds);
    return Number.isNaN(hr) ? share : t("about {rate} per minute (rough); {share}", { rate: Math.round(hr), share });
  }

  /** @param {number} ms */
  tick(ms) {
    if (this.alive && ms - this.frameMs > STUCK_MS) this.#now("no_picture");
  }

  /** @param {string} word */
  #now(word) {
    if (this.word === word) return;
    this.word = word;
    this.onRows([], { state: word, quality: 0 });
  }
}
