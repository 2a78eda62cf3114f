// @ts-check
/**
 * The Sitting of this page. Controllers tell it what was done (`event`, `report`, `outcome`); what
 * the server says comes as `attune:…` events on the document. The course goes on without it.
 */
import { csrf } from "../lib/page.js";
import { encode } from "./block.js";
import { Clock } from "./clock.js";
import { Outbox } from "./outbox.js";
import { Sensing } from "./sensing.js";
import { Socket } from "./socket.js";
import { openStore } from "./store.js";
import { STREAMS } from "./streams.js";

const BEGIN = "/api/v1/sittings/";
const TELL = {
  "intervention.show": "attune:intervention",
  "estimate.show": "attune:estimate",
  error: "attune:error",
  ack: "attune:ack",
  welcome: "attune:welcome",
  slow: "attune:slow",
  "share.asked": "attune:share",
};

export class Sitting {
  constructor() {
    this.clock = new Clock(() => performance.now());
    this.sensing = new Sensing(this.#deliver.bind(this), this.#tellState.bind(this));
    /** @type {string | null} */
    this.id = null;
    this.online = false;
    /** @type {{message: any, ms: number}[]} */
    this.early = [];
    /** A pause or its end that the server has not said yes to. @type {{type: "pause", paused: boolean, id: string} | null} */
    this.untold = null;
    this.closed = true;
  }

  get paused() {
    return this.sensing.paused;
  }

  /** Begin, or take up again after a reload. @param {{unit: string, scenario?: string}} about */
  async open({ unit, scenario = "course" }) {
    this.closed = false;
    const page = pageId(unit);
    const begun = await this.#begin({ unit, scenario, page });
    if (!begun || this.closed) return;
    this.id = begun.sitting;
    this.outbox = new Outbox(await openStore(), begun.sitting);
    await this.outbox.load();
    for (const { message, ms } of this.early.splice(0)) this.#keep(message, ms);
    this.socket = new Socket(
      address(begun.sitting), page, this.outbox, (message) => this.#heard(message),
      (online) => this.#connected(online), ways(),
    );
    document.addEventListener("visibilitychange", this.#seen);
    this.sensing.pause(begun.paused);
    this.socket.open();
  }

  close() {
    this.closed = true;
    document.removeEventListener("visibilitychange", this.#seen);
    this.sensing.stop();
    this.socket?.close();
    this.socket = undefined;
    this.id = null;
  }

  /**
   * Something done with the player or the quiz. @param {string} name
   * @param {number | null} [value] @param {string | null} [ref]
   */
  event(name, value = null, ref = null) {
    this.#keep({ type: "event", id: uuid(), name, value, ref });
  }

  /** What the Learner says about themselves. @param {string} label */
  report(label) {
    this.#keep({ type: "report", id: uuid(), label });
  }

  /** What became of an offer. @param {string} code @param {string} outcome */
  outcome(code, outcome) {
    this.socket?.pass({ type: "intervention.outcome", code, outcome });
  }

  pause() {
    this.#setPaused(true);
  }

  resume() {
    this.#setPaused(false);
  }

  /** Everything was switched off here: stop now, without waiting to be told so by the socket. */
  forget() {
    this.sensing.stop();
    for (const stream of Object.keys(STREAMS)) this.outbox?.empty(stream);
  }

  /** @param {boolean} paused */
  #setPaused(paused) {
    if (this.paused === paused) return;
    this.untold = { type: "pause", paused, id: uuid() };
    this.sensing.pause(paused);
    if (this.online) this.socket?.pass(this.untold);
  }

  /** @param {{unit: string, scenario: string, page: string}} about */
  async #begin(about) {
    const askedMs = performance.now();
    try {
      const answer = await fetch(BEGIN, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() },
        body: JSON.stringify(about),
      });
      if (!answer.ok) return null;
      const begun = await answer.json();
      this.clock.sync(begun.now, askedMs);
      return begun;
    } catch {
      return null;
    }
  }

  /** @param {any} message @param {number} [ms] */
  #keep(message, ms = performance.now()) {
    if (!this.outbox) {
      this.early.push({ message, ms });
      return;
    }
    this.outbox.addText({ ...message, t: this.clock.at(ms) });
    this.socket?.flushTexts();
  }

  /** @param {string} stream @param {number} epoch @param {(number | null)[][]} rows @param {number} rateHz @param {number} [endMs] */
  #deliver(stream, epoch, rows, rateHz, endMs = performance.now()) {
    if (!this.outbox || !STREAMS[stream]) return;
    const placed = rateHz ? rows : rows.map(([ms, ...rest]) => [this.clock.at(Number(ms)), ...rest]);
    const t0 = rateHz ? this.clock.at(endMs) - rows.length / rateHz : Number(placed[0][0]);
    this.outbox.addBlock(stream, epoch, (seq) =>
      encode({ stream, epoch, seq, t0: this.#forward(stream, t0), rateHz, rows: placed }));
  }

  /** A Block never begins before the one before it. @param {string} stream @param {number} t0 */
  #forward(stream, t0) {
    const latest = Math.max(0, t0, this.begins.get(stream) ?? 0);
    this.begins.set(stream, latest);
    return latest;
  }

  /** @type {Map<string, number>} */
  begins = new Map();

  /** @param {any} message */
  #heard(message) {
    const outbox = /** @type {Outbox} */ (this.outbox);
    if (message.type === "welcome") this.#welcomed(message);
    if (message.type === "ack" && message.id) outbox.acknowledgeText(message.id);
    if (message.type === "ack" && message.stream) outbox.acknowledge(message.stream, message.seq);
    if (message.type === "error" && message.stream) outbox.settle(message.stream, message.seq);
    if (message.type === "error" && message.id) outbox.acknowledgeText(message.id);
    if (message.id && message.id === this.untold?.id) this.#pauseHolds();
    if (message.type === "consent.changed") this.#consentChanged(message);
    const name = TELL[/** @type {keyof typeof TELL} */ (message.type)];
    if (name) tell(name, message);
  }

  /** @param {any} message */
  #welcomed(message) {
    this.clock.sync(message.now);
    if (this.untold) this.socket?.pass(this.untold);
    const epochs = new Map(message.streams.map((/** @type {any} */ s) => [s.stream, s.epoch]));
    for (const stream of Object.keys(STREAMS)) this.outbox?.empty(stream, epochs.get(stream));
    for (const { stream, next_seq } of message.streams) this.outbox?.startAt(stream, next_seq);
    this.sensing.allow(message.streams);
  }

  #pauseHolds() {
    this.untold = null;
    this.#tellState();
  }

  /** @param {{scope: string, granted: boolean, epoch: number, next_seq?: number}} change */
  #consentChanged(change) {
    const [stream, purpose] = change.scope.split(":");
    if (purpose === "adapt") {
      this.sensing.forbid(stream);
      this.outbox?.empty(stream);
      this.outbox?.startAt(stream, change.next_seq ?? 0);
      if (change.granted) this.sensing.allowOne(stream, change.epoch & 0xffff);
    }
    tell("attune:consent", change);
  }

  #seen = () => this.event("visibility", document.visibilityState === "visible" ? 1 : 0);

  /** @param {boolean} online */
  #connected(online) {
    this.online = online;
    this.#tellState();
  }

  #tellState() {
    const { paused, online, untold } = this;
    const pausing = Boolean(untold?.paused);
    tell("attune:state", { streams: this.sensing.states(), paused, pausing, online });
  }
}

/** @param {string} name @param {any} detail */
function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

/** This tab's page of this unit; a reload keeps it, and with it the Sitting. @param {string} unit */
function pageId(unit) {
  const name = `attune.page.${unit}`;
  try {
    const kept = sessionStorage.getItem(name) ?? uuid();
    sessionStorage.setItem(name, kept);
    return kept;
  } catch {
    return uuid();
  }
}

/** @param {string} sitting */
function address(sitting) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  return `${scheme}://${location.host}/ws/sittings/${sitting}/`;
}

/** crypto.randomUUID exists in secure contexts only. */
function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** @returns {import("./socket.js").Ways} */
function ways() {
  return {
    connect: (url) => new WebSocket(url),
    random: Math.random,
    later: (act, ms) => setTimeout(act, ms),
    never: (timer) => clearTimeout(timer),
  };
}

export const sitting = new Sitting();
