// @ts-check
/**
 * The socket of a Sitting: sends hello, keeps the outbox flowing, and reconnects after an
 * interruption at a random time, so that a class does not reconnect all at once.
 */

/** Codes after which the same page need not retry. */
export const FINAL = [4400, 4401, 4403, 4409, 4413];
export const PUMP_MS = 1000;
export const MESSAGES_A_PUMP = 4;
/**
 * Blocks are in flight and none was acknowledged for this long: the connection is dead, or waits
 * for a lost number. A new connection reports in `hello` which numbers exist.
 */
export const STALLED_MS = 30_000;
/** The wait for a welcome: giving up early would add load to a site that is busy with a class. */
export const WELCOME_MS = 60_000;
const FIRST_WAIT_MS = 500;
/** Short enough that all clients are back soon after the site is, however long it was away. */
const LONGEST_WAIT_MS = 5000;
/** The retries of a class are spread over this time; earlier retries have scattered it already. */
const SPREAD_MS = 2500;

/**
 * Return the wait before retry `attempt` (0, 1, …).
 * @param {number} attempt @param {number} random 0-1
 */
export function waitMs(attempt, random) {
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
  return longest - (1 - random) * Math.min(longest, SPREAD_MS);
}

/**
 * @typedef {object} Ways what the socket needs of the browser
 * @property {(url: string) => WebSocket} connect
 * @property {() => number} random
 * @property {() => number} now milliseconds, monotonic
 * @property {(act: () => void, ms: number) => any} later
 * @property {(timer: any) => void} never
 */

export class Socket {
  /**
   * @param {string} url @param {string} page
   * @param {import("./outbox.js").Outbox} outbox
   * @param {(message: any) => void} heard gets each message of the server
   * @param {(online: boolean, code?: number) => void} changed
   * @param {Ways} ways
   */
  constructor(url, page, outbox, heard, changed, ways) {
    this.url = url;
    this.page = page;
    this.outbox = outbox;
    this.heard = heard;
    this.changed = changed;
    this.ways = ways;
    this.attempt = 0;
    this.welcomed = false;
    this.stopped = false;
    /** Whether no Block is sent until `hold(false)`. */
    this.holding = false;
    this.heardMs = 0;
    /** @type {any[]} */
    this.passing = [];
  }

  open() {
    if (this.stopped) return;
    const socket = this.ways.connect(this.url);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#sayHello();
    socket.onmessage = (event) => this.#take(JSON.parse(event.data));
    socket.onclose = (event) => this.#closed(event.code);
    // Until the welcome: a connection that died during the hello is not reported by itself.
    this.timer = this.ways.later(() => this.renew(), WELCOME_MS);
  }

  close() {
    this.stopped = true;
    this.ways.never(this.timer);
    this.socket?.close(1000);
  }

  /** Replace this connection: the computer slept, or nothing comes back. */
  renew() {
    if (!this.socket || this.stopped) return;
    this.#leave();
    this.#closed(1006);
  }

  #leave() {
    if (!this.socket) return;
    this.socket.onclose = this.socket.onmessage = this.socket.onopen = null;
    this.socket.close();
  }

  /**
   * Send what is not stored: an outcome, a pause. It waits for the welcome.
   * @param {any} message
   */
  pass(message) {
    this.passing.push(message);
    this.flushTexts();
  }

  flushTexts() {
    if (!this.welcomed) return;
    for (const message of [...this.outbox.takeTexts(), ...this.passing.splice(0)]) this.#send(message);
  }

  /** Send no Blocks during a pause; those from before it are sent first. @param {boolean} holding */
  hold(holding) {
    if (this.welcomed) this.#sendBlocks();
    this.holding = holding;
  }

  #sendBlocks() {
    if (this.holding) return;
    for (const bytes of this.outbox.takeMessages(MESSAGES_A_PUMP)) this.socket?.send(bytes);
  }

  #sayHello() {
    this.#send({ type: "hello", version: 1, page: this.page, unacked: this.outbox.unacked() });
  }

  /** @param {any} message */
  #take(message) {
    if (message.stream || message.type === "welcome") this.heardMs = this.ways.now();
    if (message.type === "welcome") {
      this.attempt = 0;
      this.outbox.resend();
    }
    this.heard(message);
    if (message.type === "welcome") {
      this.welcomed = true;
      this.changed(true);
      this.flushTexts();
      this.#pump();
    }
  }

  #pump() {
    this.ways.never(this.timer);
    if (!this.welcomed) return;
    if (!this.outbox.inFlight) this.heardMs = this.ways.now();
    if (this.ways.now() - this.heardMs > STALLED_MS) return this.renew();
    this.#sendBlocks();
    this.timer = this.ways.later(() => this.#pump(), PUMP_MS);
  }

  /** @param {number} code */
  #closed(code) {
    this.welcomed = false;
    this.ways.never(this.timer);
    this.stopped ||= FINAL.includes(code);
    this.changed(false, code);
    if (this.stopped) return;
    this.timer = this.ways.later(() => this.open(), waitMs(this.attempt, this.ways.random()));
    this.attempt += 1;
  }

  /** @param {any} message */
  #send(message) {
    this.socket?.send(JSON.stringify(message));
  }
}
