// @ts-check
/**
 * Messages without acknowledgement: Blocks by stream and number; events, reports and devices by id.
 *
 * Everything stays until the server acknowledged it or answered with an error. A stream's Blocks
 * are deleted at once when it is withdrawn. Blocks are limited in size and age: the oldest are
 * dropped first, and counted. Events and reports stay as long as their Sitting accepts them.
 * Numbers never restart within a Sitting.
 */

/** The limit for all Blocks: eleven minutes of each stream, or a day of the pointer alone. */
export const MOST_BYTES = 4 * 1024 * 1024;
/** An older Block is of no use to its Learner. */
export const LONGEST_MS = 30 * 60_000;
/** A Sitting lasts no longer, and accepts nothing afterwards. */
export const LONGEST_SITTING_MS = 12 * 3_600_000;
/** The most bytes sent without acknowledgement: a stalled server gets no more. */
export const CREDIT_BYTES = 64 * 1024;
export const LARGEST_MESSAGE = 32 * 1024;

/**
 * @typedef {{seq: number, epoch: number, bytes: Uint8Array, seconds: number, at: number,
 *   sent: boolean}} Kept at: wall clock, ms
 */
/** @typedef {{message: any, sent: boolean}} KeptText */

export class Outbox {
  /**
   * @param {import("./outbox_store.js").Store} store @param {string} sitting
   * @param {() => number} wall ms, the computer's clock
   */
  constructor(store, sitting, wall = () => Date.now()) {
    this.store = store;
    this.sitting = sitting;
    this.wall = wall;
    /** @type {Map<string, Kept[]>} */
    this.blocks = new Map();
    /** @type {Map<string, number>} */
    this.numbers = new Map();
    /** @type {Map<string, KeptText>} */
    this.texts = new Map();
    this.bytes = 0;
    /** Seconds of each stream that were never sent. @type {Map<string, number>} */
    this.lost = new Map();
  }

  /** Load what an earlier load of this page left. */
  async load() {
    await this.#clearOld();
    for (const [, { stream, ...kept }] of await this.store.entries(this.#key("b", ""))) {
      this.#push(stream, kept);
      this.startAt(stream, kept.seq + 1);
    }
    for (const [, { message }] of await this.store.entries(this.#key("t", ""))) {
      this.texts.set(message.id, { message, sent: false });
    }
  }

  /** Delete what older Sittings of this browser left, so that nothing stays on the disk. */
  async #clearOld() {
    const now = this.wall();
    const old = (await this.store.entries("")).filter(([, { at, message }]) =>
      !(now - at <= (message ? LONGEST_SITTING_MS : LONGEST_MS)));
    if (old.length) await this.store.remove(old.map(([key]) => key));
  }

  /**
   * Raise the next number of a stream to at least this one.
   * @param {string} stream @param {number} seq
   */
  startAt(stream, seq) {
    this.numbers.set(stream, Math.max(this.numbers.get(stream) ?? 0, seq));
  }

  /**
   * Number a Block and store it; `encode` gets the number.
   * @param {string} stream @param {number} epoch @param {(seq: number) => Uint8Array} encode
   * @param {number} [seconds] that it covers
   */
  addBlock(stream, epoch, encode, seconds = 1) {
    const seq = this.numbers.get(stream) ?? 0;
    const kept = { seq, epoch, bytes: encode(seq), seconds, at: this.wall() };
    this.numbers.set(stream, seq + 1);
    this.#push(stream, kept);
    this.#trim();
    return this.store.put(this.#blockKey(stream, seq), { stream, ...kept });
  }

  /** Drop the oldest Blocks where there are too many, or they are too old. */
  #trim() {
    for (let oldest = this.#oldest(); oldest; oldest = this.#oldest()) {
      const { stream, block } = oldest;
      if (this.bytes <= MOST_BYTES && this.wall() - block.at <= LONGEST_MS) return;
      this.lose(stream, block.seconds);
      this.#drop(stream, ({ seq }) => seq === block.seq);
    }
  }

  /** @param {string} stream @param {number} seconds that will never be sent */
  lose(stream, seconds) {
    this.lost.set(stream, (this.lost.get(stream) ?? 0) + seconds);
  }

  #oldest() {
    const firsts = [...this.blocks].flatMap(([stream, [block]]) => (block ? [{ stream, block }] : []));
    return firsts.reduce((first, each) => (first && first.block.at <= each.block.at ? first : each),
      /** @type {{stream: string, block: Kept} | null} */ (null));
  }

  /** The bytes that were sent and not acknowledged. */
  get inFlight() {
    return sizeOf([...this.blocks.values()].flat().filter(({ sent }) => sent));
  }

  /** Store an event, a report or a device. @param {{id: string}} message */
  addText(message) {
    this.texts.set(message.id, { message, sent: false });
    return this.store.put(this.#key("t", message.id), { message, at: this.wall() });
  }

  /**
   * Handle an answer of the server: `ack` settles a text, or a stream up to a number; `error` settles
   * one text or one number, because sending it again would not help.
   * @param {{type: string, id?: string, stream?: string, seq?: number}} message
   */
  hear({ type, id, stream, seq }) {
    if (type !== "ack" && type !== "error") return;
    if (id) this.acknowledgeText(id);
    if (stream) this.#drop(stream, (block) => type === "ack" ? block.seq <= Number(seq) : block.seq === seq);
  }

  /** @param {string} id */
  acknowledgeText(id) {
    this.texts.delete(id);
    return this.store.remove([this.#key("t", id)]);
  }

  /**
   * Delete a stream's Blocks: it was withdrawn, or has another epoch now.
   * @param {string} stream @param {number} [epoch]
   */
  empty(stream, epoch) {
    this.#drop(stream, (block) => block.epoch !== epoch);
    if (epoch !== undefined) return;
    for (const { message } of this.texts.values()) {
      if (message.type === "device" && message.stream === stream) this.acknowledgeText(message.id);
    }
  }

  /** Send everything stored again, on a new socket. */
  resend() {
    for (const blocks of this.blocks.values()) blocks.forEach((block) => { block.sent = false; });
    for (const text of this.texts.values()) text.sent = false;
  }

  /**
   * Return the ranges of stored numbers, for `hello`.
   * @returns {Record<string, [number, number][]>}
   */
  unacked() {
    const kept = [...this.blocks].filter(([, blocks]) => blocks.length);
    return Object.fromEntries(kept.map(([stream, blocks]) => [stream, ranges(blocks.map((b) => b.seq))]));
  }

  /**
   * Return the next binary messages: unsent Blocks by ascending number, at most `most` messages,
   * and none while too many bytes are in flight.
   * @param {number} most @returns {Uint8Array<ArrayBuffer>[]}
   */
  takeMessages(most) {
    this.#trim();
    const messages = [];
    let waiting = [...this.blocks.values()].flatMap((blocks) => blocks.filter((block) => !block.sent));
    while (waiting.length && messages.length < most && this.inFlight < CREDIT_BYTES) {
      const taken = fitting(waiting);
      taken.forEach((block) => { block.sent = true; });
      waiting = waiting.slice(taken.length);
      messages.push(joined(taken.map((block) => block.bytes)));
    }
    return messages;
  }

  /** Return the unsent texts. */
  takeTexts() {
    const waiting = [...this.texts.values()].filter((text) => !text.sent);
    waiting.forEach((text) => { text.sent = true; });
    return waiting.map((text) => text.message);
  }

  /** @param {string} stream */
  #blocksOf(stream) {
    const blocks = this.blocks.get(stream) ?? [];
    this.blocks.set(stream, blocks);
    return blocks;
  }

  /** @param {string} stream @param {Omit<Kept, "sent">} kept */
  #push(stream, kept) {
    this.#blocksOf(stream).push({ ...kept, sent: false });
    this.bytes += kept.bytes.length;
  }

  /** @param {string} stream @param {(block: Kept) => boolean} goes */
  #drop(stream, goes) {
    const blocks = this.#blocksOf(stream);
    this.bytes -= sizeOf(blocks.filter(goes));
    this.blocks.set(stream, blocks.filter((block) => !goes(block)));
    this.#forget(stream, blocks.filter(goes).map((block) => block.seq));
  }

  /** @param {string} stream @param {number[]} numbers */
  #forget(stream, numbers) {
    if (numbers.length) this.store.remove(numbers.map((seq) => this.#blockKey(stream, seq)));
  }

  /** @param {string} stream @param {number} seq */
  #blockKey(stream, seq) {
    return this.#key("b", `${stream}/${String(seq).padStart(10, "0")}`);
  }

  /** @param {"b" | "t"} kind @param {string} rest */
  #key(kind, rest) {
    return `${this.sitting}/${kind}/${rest}`;
  }
}

/** @param {number[]} numbers ascending @returns {[number, number][]} */
export function ranges(numbers) {
  /** @type {[number, number][]} */
  const found = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found;
}

/** @param {{bytes: Uint8Array}[]} blocks */
const sizeOf = (blocks) => blocks.reduce((size, { bytes }) => size + bytes.length, 0);

/** Return as many of the first as fit one message, at least one. @param {Kept[]} blocks */
function fitting(blocks) {
  let size = 0;
  const end = blocks.findIndex((block) => (size += block.bytes.length) > LARGEST_MESSAGE);
  return end < 0 ? blocks : blocks.slice(0, Math.max(1, end));
}

/** @param {Uint8Array[]} parts */
function joined(parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
