// @ts-check
/**
 * One Shimmer3 GSR+ on a serial port.
 *
 * It measures only what is wanted, is read until no stream is wanted, and is reopened when it is
 * lost.
 */
import { SILENT_MS, WAYS, waitMs } from "../bluetooth/strap.js";
import { CHANNELS, COMMANDS, Reader } from "./parse.js";
import { RATE_HZ, Rows } from "./rows.js";

/**
 * The streams of a Shimmer, and its names for them.
 * @type {Readonly<Record<string, "gsr" | "ppg">>}
 */
const GIVES = Object.freeze({ eda: "gsr", ppg: "ppg" });
const BAUD = 115_200;
const ANSWER_MS = 2000;
const QUIET_MS = 300;
/** The voltage of a charged (`full`) and an `empty` battery; between them it is about linear. */
const BATTERY = { empty: 3.2, full: 4.15 };

/** @typedef {import("../bluetooth/strap.js").Heard} Heard */
/** @typedef {import("./parse.js").Said} Said */

export class Shimmer {
  /** @param {any} port a SerialPort @param {Heard} heard @param {import("../bluetooth/strap.js").Ways} [ways] */
  constructor(port, heard, ways = WAYS) {
    this.port = port;
    this.heard = heard;
    this.ways = ways;
    this.name = "Shimmer3 GSR+";
    this.state = "resting";
    /** @type {number | null} */
    this.battery = null;
    /** @type {boolean | null} */
    this.contact = null;
    this.attempt = 0;
    /** What it is set up to measure. @type {string | undefined} */
    this.measured = undefined;
    /** @type {Set<string>} */
    this.wanted = new Set();
    this.reader = new Reader();
    this.rows = new Rows(this.#give);
    /** @type {((said: Said) => void) | null} */
    this.waiting = null;
    /** @type {Promise<unknown>} */
    this.queue = Promise.resolve();
  }

  /** @param {string} stream */
  gives(stream) {
    return stream in GIVES;
  }

  /** @param {string} stream */
  want(stream) {
    this.wanted.add(stream);
    if (this.state === "resting") this.#is("connecting");
    else this.heard.rows(stream, [], { state: this.state, quality: 0 });
    this.#turn(() => this.#follow());
  }

  /** @param {string} stream */
  drop(stream) {
    if (this.wanted.delete(stream)) this.#turn(() => this.#follow());
  }

  /**
   * Run one command after the other, because a port accepts one at a time.
   * @param {() => Promise<unknown>} act
   */
  #turn(act) {
    this.queue = this.queue.then(act).catch(() => this.#lost());
  }

  /** Measure what is wanted now. */
  async #follow() {
    const wish = [...this.wanted].sort().join();
    if (wish === this.measured) return;
    if (!wish) return this.#rest();
    if (!this.source) await this.#open();
    await this.#setUp();
    this.measured = wish;
  }

  async #open() {
    await this.port.open({ baudRate: BAUD });
    this.source = this.port.readable.getReader();
    void this.#read(this.source);
  }

  /** @param {any} source */
  async #read(source) {
    try {
      for (let { value, done } = await source.read(); !done; { value, done } = await source.read()) this.#take(value);
    } catch {
      // Unplugged or out of reach: handled like an end.
    }
    source.releaseLock();
    if (this.source === source) this.#turn(async () => this.source === source && this.#lost());
  }

  /** @param {Uint8Array} chunk */
  #take(chunk) {
    const arrivedMs = this.ways.now();
    for (const said of this.reader.feed(chunk)) {
      if (said.kind === "data") this.rows.add(said, arrivedMs);
      else this.waiting?.(said);
    }
  }

  async #setUp() {
    const on = { gsr: this.wanted.has("eda"), ppg: this.wanted.has("ppg") };
    this.#is("connecting");
    this.rows.end();
    this.reader.reset();
    await this.#send(COMMANDS.stop());
    await new Promise((done) => this.ways.later(() => done(null), QUIET_MS));
    this.reader.reset();
    const orders = [COMMANDS.rate(RATE_HZ), COMMANDS.sensors(on), COMMANDS.rangeAuto(), COMMANDS.power(on.ppg)];
    for (const order of orders) await this.#ask(order, "ack");
    await this.#askBattery();
    const described = await this.#ask(COMMANDS.describe(), "description");
    const { rateHz, channels } = /** @type {Extract<Said, {kind: "description"}>} */ (described);
    if (rateHz !== RATE_HZ || channels.some((id) => !(id in CHANNELS))) return this.#is("refused");
    this.reader.stream(rateHz, channels);
    for (const stream of this.wanted) this.#tell(stream, { state: "connecting", device: { backend: "shimmer3", scale: 1 } });
    await this.#send(COMMANDS.start());
    this.state = "on";
    this.attempt = 0;
    this.#await();
    this.heard.changed();
  }

  async #askBattery() {
    const { volts } = /** @type {Extract<Said, {kind: "battery"}>} */ (await this.#ask(COMMANDS.battery(), "battery"));
    const share = (volts - BATTERY.empty) / (BATTERY.full - BATTERY.empty);
    this.battery = 10 * Math.round(10 * Math.min(1, Math.max(0, share)));
  }

  /** @param {Uint8Array<ArrayBuffer>} order */
  async #send(order) {
    const writer = this.port.writable.getWriter();
    try {
      await writer.write(order);
    } finally {
      writer.releaseLock();
    }
  }

  /**
   * Send a command, and wait for an answer of this kind.
   * @param {Uint8Array<ArrayBuffer>} order @param {Said["kind"]} kind @returns {Promise<Said>}
   */
  async #ask(order, kind) {
    const answer = new Promise((answered, failed) => {
      const timer = this.ways.later(() => failed(new Error(`expected ${kind} within ${ANSWER_MS} ms`)), ANSWER_MS);
      this.waiting = (said) => {
        if (said.kind !== kind) return;
        this.ways.never(timer);
        this.waiting = null;
        answered(said);
      };
    });
    const [, said] = await Promise.all([this.#send(order), answer]);
    return said;
  }

  async #lost() {
    this.measured = undefined;
    await this.#shut();
    if (!this.wanted.size) return this.#is("resting");
    this.#is("lost");
    this.timer = this.ways.later(() => this.#turn(() => this.#follow()), waitMs(this.attempt));
    this.attempt += 1;
  }

  async #rest() {
    this.ways.never(this.timer);
    this.measured = undefined;
    if (this.source) await this.#send(COMMANDS.stop());
    await this.#shut();
    this.#is("resting");
  }

  async #shut() {
    const { source } = this;
    this.source = null;
    this.reader.reset();
    this.rows.end();
    try {
      await source?.cancel();
      await this.port.close();
    } catch {
      // It is disconnected already.
    }
  }

  /** @param {string} state */
  #is(state) {
    this.ways.never(this.silence);
    this.state = state;
    this.contact = null;
    for (const stream of this.wanted) this.#tell(stream, { state, quality: 0 });
    this.heard.changed();
  }

  /** @param {string} stream @param {import("../bluetooth/strap.js").About} about */
  #tell(stream, about) {
    this.heard.rows(stream, [], about);
  }

  /** @param {string} stream @param {(number | null)[][]} rows @param {import("../bluetooth/strap.js").About} about */
  #give = (stream, rows, about) => {
    if (!this.wanted.has(stream)) return;
    this.heard.rows(stream, rows, about);
    if (rows.length) this.#await();
    if (about.contact === undefined) return;
    this.contact = about.contact;
    this.heard.changed();
  };

  #await() {
    this.ways.never(this.silence);
    this.silence = this.ways.later(() => this.#is("silent"), SILENT_MS);
  }
}
