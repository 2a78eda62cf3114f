// @ts-check
/**
 * What has not been acknowledged: Blocks by stream and number, events and reports by id. Everything
 * stays until the server acknowledged it or answered it by an error; a stream's Blocks go at once
 * when it is withdrawn. Numbers never restart within a Sitting.
 */

export const MOST_BLOCKS = 1800;
export const LARGEST_MESSAGE = 32 * 1024;

/** @typedef {{seq: number, epoch: number, bytes: Uint8Array, sent: boolean}} Kept */
/** @typedef {{message: any, sent: boolean}} KeptText */

export class Outbox {
  /** @param {import("./store.js").Store} store @param {string} sitting */
  constructor(store, sitting) {
    this.store = store;
    this.sitting = sitting;
    /** @type {Map<string, Kept[]>} */
    this.blocks = new Map();
    /** @type {Map<string, number>} */
    this.numbers = new Map();
    /** @type {Map<string, KeptText>} */
    this.texts = new Map();
    this.dropped = 0;
  }

  /** Take up what an earlier load of this page left. */
  async load() {
    for (const [, kept] of await this.store.entries(this.#key("b", ""))) {
      this.#blocksOf(kept.stream).push({ seq: kept.seq, epoch: kept.epoch, bytes: kept.bytes, sent: false });
      this.startAt(kept.stream, kept.seq + 1);
    }
    for (const [, message] of await this.store.entries(this.#key("t", ""))) {
      this.texts.set(message.id, { message, sent: false });
    }
  }

  /** The next number of a stream is at least this one. @param {string} stream @param {number} seq */
  startAt(stream, seq) {
    this.numbers.set(stream, Math.max(this.numbers.get(stream) ?? 0, seq));
  }

  /**
   * Number a Block and keep it. `encode` gets the number.
   * @param {string} stream @param {number} epoch @param {(seq: number) => Uint8Array} encode
   */
  addBlock(stream, epoch, encode) {
    const seq = this.numbers.get(stream) ?? 0;
    const bytes = encode(seq);
    this.numbers.set(stream, seq + 1);
    const blocks = this.#blocksOf(stream);
    blocks.push({ seq, epoch, bytes, sent: false });
    if (blocks.length > MOST_BLOCKS) {
      this.dropped += 1;
      this.#forget(stream, [/** @type {Kept} */ (blocks.shift()).seq]);
    }
    return this.store.put(this.#blockKey(stream, seq), { stream, seq, epoch, bytes });
  }

  /** Keep an event or a report. @param {{id: string}} message */
  addText(message) {
    this.texts.set(message.id, { message, sent: false });
    return this.store.put(this.#key("t", message.id), message);
  }

  /** `ack` of a stream: everything up to `seq` is settled. @param {string} stream @param {number} seq */
  acknowledge(stream, seq) {
    this.#drop(stream, (block) => block.seq <= seq);
  }

  /** One number is settled by an error. @param {string} stream @param {number} seq */
  settle(stream, seq) {
    this.#drop(stream, (block) => block.seq === seq);
  }

  /** `ack` of an event or report. @param {string} id */
  acknowledgeText(id) {
    this.texts.delete(id);
    return this.store.remove([this.#key("t", id)]);
  }

  /** The stream was withdrawn, or stands under another epoch now. @param {string} stream @param {number} [epoch] */
  empty(stream, epoch) {
    this.#drop(stream, (block) => block.epoch !== epoch);
  }

  /** A new socket: everything kept is to be sent again. */
  resend() {
    for (const blocks of this.blocks.values()) blocks.forEach((block) => { block.sent = false; });
    for (const text of this.texts.values()) text.sent = false;
  }

  /** Ranges of numbers still kept, as `hello` tells them. @returns {Record<string, [number, number][]>} */
  unacked() {
    const kept = [...this.blocks].filter(([, blocks]) => blocks.length);
    return Object.fromEntries(kept.map(([stream, blocks]) => [stream, ranges(blocks.map((b) => b.seq))]));
  }

  /**
   * The next binary messages: Blocks not sent yet, in ascending numbers, at most `most` messages.
   * @param {number} most @returns {Uint8Array<ArrayBuffer>[]}
   */
  takeMessages(most) {
    const messages = [];
    let waiting = [...this.blocks.values()].flatMap((blocks) => blocks.filter((block) => !block.sent));
    while (waiting.length && messages.length < most) {
      const taken = fitting(waiting);
      taken.forEach((block) => { block.sent = true; });
      waiting = waiting.slice(taken.length);
      messages.push(joined(taken.map((block) => block.bytes)));
    }
    return messages;
  }

  /** Texts not sent yet. */
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

  /** @param {string} stream @param {(block: Kept) => boolean} goes */
  #drop(stream, goes) {
    const blocks = this.#blocksOf(stream);
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

/** As many of the first as fit one message, at least one. @param {Kept[]} blocks */
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
