// @ts-check
/**
 * The Sitting of this page.
 *
 * Controllers report what was done (`event`, `report`, `outcome`); messages of the server become
 * `attune:…` events on the document. The course continues without it.
 */
import { encode } from "./block.js";
import { address, begin, pageId, uuid, ways } from "./browser.js";
import { Clock, RowTimes } from "./clock.js";
import { EarlierSitting } from "./earlier_sitting.js";
import { GuessingPlace } from "./inference_loader.js";
import { bytesUsed, MemoryWatch } from "./memory_watch.js";
import { LONGEST_SITTING_MS, Outbox } from "./outbox.js";
import { SENSORS, Sensing } from "./sensor_manager.js";
import { FINAL, Socket } from "./socket.js";
import { openStore } from "./outbox_store.js";
import { STREAMS } from "./streams.js";
import { Tabs } from "./tab_sync.js";
import { CONTINUED, OVER, tell, TELL } from "./dom_events.js";
import { Wake, watchVisibility } from "./sleep_detector.js";

const LOOK_MS = 30_000;
/** Sensors wait no longer than this for the Sitting of the next unit. */
export const HANDOVER_MS = 15_000;

export class Sitting {
  constructor() {
    this.clock = new Clock(() => performance.now());
    this.memory = new MemoryWatch(bytesUsed, () => this.sensing.restart());
    this.wake = new Wake(() => Date.now(), () => performance.now());
    this.sensing = new Sensing(this.#deliver.bind(this), this.#tellState.bind(this), SENSORS,
      (stream, device) => this.here || this.earlier.length && !this.welcomed || this.#keep({ type: "device", id: uuid(), stream, ...device }));
    /**
     * The inference on this machine, if the Learner chose it.
     * @type {import("./inference_loader.js").Guesser}
     */
    this.here = undefined;
    this.guessing = new GuessingPlace(() => this.clock.now(), (said) => this.paused || this.socket?.pass(said), () => this.socket?.renew());
    /** @type {string | null} */
    this.id = null;
    this.online = false;
    /** @type {{message: any, ms: number}[]} */
    this.early = [];
    /**
     * A pause or resume that the server has not confirmed.
     * @type {{type: "pause", paused: boolean, id: string} | null}
     */
    this.untold = null;
    this.closed = true;
    /** Whether the clock is the server's: not after sleep, until the server was asked. */
    this.synced = false;
    /** Whether the server said what may be sensed in this Sitting. */
    this.welcomed = false;
    this.over = "";
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.looking = undefined;
    /** @type {Tabs | undefined} */
    this.tabs = undefined;
    this.rowTimes = new RowTimes(this.clock);
    /** What this page's Sitting is about. @type {{unit: string, scenario: string} | undefined} */
    this.about = undefined;
    /** The Sittings of the units before, until they are sent; oldest first. @type {EarlierSitting[]} */
    this.earlier = [];
    /** Counts the Sittings, so that an answer for an earlier one is ignored. */
    this.run = 0;
  }

  get paused() {
    return this.sensing.paused;
  }

  /**
   * Receive what other tabs of this browser sense, and pause with them; also on pages without a
   * Sitting.
   */
  listen() {
    this.tabs ??= new Tabs({
      pause: (paused) => this.#setPaused(paused),
      changed: () => tell("attune:elsewhere", this.tabs?.elsewhere() ?? null),
      mine: () => this.#summary(),
    }, uuid());
  }

  /** Begin, or resume after a reload. @param {{unit: string, scenario?: string}} about */
  async open({ unit, scenario = "course" }) {
    const run = ++this.run;
    this.about = { unit, scenario };
    this.closed = false;
    this.over = "";
    this.listen();
    // The discussion of a unit is another page than the unit itself, in the same tab.
    const page = pageId(scenario === "discussion" ? `discussion.${unit}` : unit);
    const askedMs = performance.now();
    const begun = await begin({ unit, scenario, page });
    if (!begun || this.closed || run !== this.run) return;
    this.clock.sync(begun.now, askedMs);
    this.endsMs = Date.now() - 1000 * begun.now + LONGEST_SITTING_MS;
    const outbox = new Outbox(await openStore(), begun.sitting);
    await outbox.load();
    if (this.closed || run !== this.run) return outbox.store.close();
    this.id = begun.sitting;
    this.synced = true;
    this.outbox = outbox;
    this.#keepEarly();
    this.socket = new Socket(
      address(begun.sitting), page, outbox, (message) => this.#heard(message),
      (online, code) => this.#connected(online, code), ways(),
    );
    this.unwatch?.();
    this.unwatch = watchVisibility((visible) => this.event("visibility", visible), () => this.#closeStores());
    this.sensing.pause(this.untold?.paused ?? begun.paused);
    this.socket.hold(this.paused);
    this.socket.open();
  }

  /**
   * Go on in another unit. Where both are lessons the sensors run on: what they sense belongs to
   * the Sitting before until the next one is welcome, and only what that one allows goes on.
   * @param {{unit: string, scenario?: string}} about
   */
  async move({ unit, scenario = "course" }) {
    const { about } = this;
    const isOpen = !this.closed && !this.over;
    if (isOpen && about?.unit === unit && about.scenario === scenario) return;
    if (!isOpen || scenario !== "course" || about?.scenario !== scenario) this.close();
    else this.#leave();
    const opening = this.open({ unit, scenario });
    const { run } = this;
    if (this.earlier.length) setTimeout(() => { if (run === this.run && !this.welcomed) this.#giveUp(); }, HANDOVER_MS);
    await opening;
  }

  /** Give what this Sitting was to one that only ends, and keep the sensors. */
  #leave() {
    const { outbox, socket, rowTimes } = this;
    const lanes = this.here ? [] : [...this.sensing.lanes];
    const epochs = new Map(lanes.map(([stream, { epoch }]) => [stream, epoch]));
    this.earlier = this.earlier.filter(({ isClosed }) => !isClosed);
    if (outbox && socket && this.welcomed) {
      this.earlier.push(new EarlierSitting({ outbox, socket, rowTimes, epochs }, {
        withdrawn: (change) => this.welcomed || this.#withdrawn(change),
        ended: () => this.welcomed || this.sensing.stop(),
      }));
    } else socket?.close();
    this.here = this.here?.close();
    [this.id, this.outbox, this.socket] = [null, undefined, undefined];
    [this.welcomed, this.synced] = [false, false];
    this.clock = new Clock(() => performance.now());
    this.rowTimes = new RowTimes(this.clock);
  }

  /** A Grant changed before the next Sitting knows. @param {{scope: string}} change */
  #withdrawn(change) {
    const [stream, purpose] = change.scope.split(":");
    if (purpose === "adapt") this.sensing.forbid(stream);
    tell("attune:consent", change);
  }

  /** The next Sitting did not come: sense nothing until it does. */
  #giveUp() {
    this.sensing.stop();
    for (const each of this.earlier.splice(0)) each.close();
    tell("attune:over", { why: "unopened" });
  }

  /** A page that is left must not block the store of the next one. */
  #closeStores() {
    for (const { outbox } of [...this.earlier, this]) outbox?.store.close();
  }

  close() {
    this.closed = true;
    for (const each of this.earlier.splice(0)) each.close();
    this.unwatch?.();
    this.sensing.stop();
    this.here = this.here?.close();
    this.socket?.close();
    this.socket = undefined;
    clearInterval(this.looking);
    this.looking = undefined;
    this.id = null;
    this.welcomed = false;
    this.tabs?.close();
    this.tabs = undefined;
  }

  /**
   * Report an action in the player or the quiz.
   * @param {string} name
   * @param {number | null} [value] @param {string | null} [ref]
   */
  event(name, value = null, ref = null) {
    this.#keep({ type: "event", id: uuid(), name, value, ref });
  }

  /**
   * Report what the Learner states about themselves.
   * @param {string | null} label
   * @param {{valence?: number, arousal?: number, asked?: boolean}} [more]
   */
  report(label, more = {}) {
    return this.#keep({ type: "report", id: uuid(), label, ...more });
  }

  /** Return the reports that the server has not acknowledged. */
  unsentReports() {
    const texts = [...this.earlier, this].flatMap(({ outbox }) => [...outbox?.texts.values() ?? []]);
    return [...texts, ...this.early].filter(({ message }) => message.type === "report").length;
  }

  /** Send the reports now; resolves when all are acknowledged. @param {number} [lookMs] */
  async sendReports(lookMs = 100) {
    for (const { socket } of [...this.earlier, this]) socket?.flushTexts();
    while (this.socket && this.unsentReports()) await new Promise((done) => setTimeout(done, lookMs));
  }

  /** Skip a check-in. @param {boolean} less whether fewer of them are wanted */
  passed(less) {
    return this.#keep({ type: "check_in.passed", id: uuid(), less });
  }

  /** Report the result of an offer. @param {string} code @param {string} outcome */
  outcome(code, outcome) {
    this.socket?.pass({ type: "intervention.outcome", code, outcome });
  }

  pause() {
    this.#setPaused(true);
    this.tabs?.pause(true);
  }

  resume() {
    this.#setPaused(false);
    this.tabs?.pause(false);
  }

  /** Everything was switched off here: stop now, without waiting for the socket. */
  forget() {
    this.sensing.stop();
    for (const each of this.earlier.splice(0)) each.forget();
    for (const stream of Object.keys(STREAMS)) this.#drop(stream);
  }

  /** @param {string} stream */
  #drop(stream) {
    this.outbox?.empty(stream);
    this.here?.forget(stream);
  }

  /** @param {boolean} paused */
  #setPaused(paused) {
    if (this.paused === paused) return;
    if (!this.closed) this.untold = { type: "pause", paused, id: uuid() };
    this.sensing.pause(paused);
    for (const { socket } of [...this.earlier, this]) socket?.hold(paused);
    if (this.online && this.untold) this.socket?.pass(this.untold);
  }

  /**
   * @param {any} message @param {number} [ms]
   * @returns {string} its id, to follow it by; "" where nothing is accepted any more
   */
  #keep(message, ms = performance.now()) {
    const awake = !this.over && this.outbox && this.#awake();
    // Reading the clock may have ended the Sitting.
    if (this.over && this.over !== "signed_out") return "";
    if (awake) {
      this.outbox?.addText({ ...message, t: this.clock.at(ms) });
      this.socket?.flushTexts();
    } else this.early.push({ message, ms });
    return message.id;
  }

  /** @param {string} stream @param {number} epoch @param {(number | null)[][]} rows @param {number} rateHz @param {number} [endMs] */
  #deliver(stream, epoch, rows, rateHz, endMs = performance.now()) {
    if (!STREAMS[stream]) return;
    const { scale, backend } = this.sensing.lanes.get(stream)?.device ?? {};
    const beginsMs = rateHz ? endMs - 1000 * rows.length / rateHz : Number(rows[0][0]);
    const earlier = this.earlier.find((each) => each.takes(beginsMs));
    if (earlier) return earlier.take(stream, epoch, rows, rateHz, endMs, scale);
    if (!this.outbox || !this.welcomed) return;
    const seconds = rateHz ? rows.length / rateHz : 1;
    if (!this.#awake()) return this.outbox.lose(stream, seconds);
    const told = this.rowTimes.place(stream, rows, rateHz, endMs);
    if (this.here) return this.here.take(stream, epoch, told, backend);
    this.outbox.addBlock(stream, epoch, (seq) => encode({ stream, epoch, seq, scale, ...told }), seconds);
  }

  /** Return whether a time taken now is valid; after sleep the server is asked first. */
  #awake() {
    if (this.wake.slept()) {
      this.synced = false;
      this.socket?.renew();
    }
    if (this.id && Date.now() > (this.endsMs ?? Infinity)) this.#end("long");
    return this.synced;
  }

  /**
   * End the Sitting: nothing is sensed any more, and no sensed data is sent.
   * @param {string} why
   */
  #end(why) {
    if (this.over) return;
    this.over = why;
    this.synced = false;
    this.sensing.stop();
    this.socket?.close();
    clearInterval(this.looking);
    this.looking = undefined;
    // Another tab that has this Sitting sends what is stored; so does this one after a sign-in.
    if (!CONTINUED.includes(why)) for (const stream of Object.keys(STREAMS)) this.outbox?.empty(stream);
    tell("attune:over", { why });
  }

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
    if (message.type === "slow") this.sensing.slow(message.stream, message.rate_hz);
    const name = TELL[message.type];
    if (name) tell(name, message);
  }

  /** @param {any} message */
  #welcomed(message) {
    this.clock.sync(message.now);
    this.synced = true;
    this.#keepEarly();
    this.looking ??= setInterval(() => {
      this.#awake();
      void this.memory.look();
    }, LOOK_MS);
    if (this.untold) this.socket?.pass(this.untold);
    this.here = this.guessing.choose(this.here, message.here);
    const epochs = new Map(message.streams.map((/** @type {any} */ s) => [s.stream, s.epoch]));
    for (const stream of Object.keys(STREAMS)) {
      this.outbox?.empty(stream, this.here ? undefined : epochs.get(stream));
      if (!epochs.has(stream)) this.here?.forget(stream);
    }
    for (const { stream, next_seq } of message.streams) this.outbox?.startAt(stream, next_seq);
    if (!this.welcomed) this.#begun(epochs);
    this.sensing.allow(message.streams.filter((/** @type {any} */ s) => this.here?.reads(s.stream) ?? true));
  }

  /**
   * What begins from now on belongs to this Sitting, which also gets the devices in use.
   * @param {Map<string, number>} epochs
   */
  #begun(epochs) {
    this.welcomed = true;
    for (const each of this.earlier) each.finish(this.clock.beganMs);
    for (const [stream, { device, epoch }] of this.earlier.length && !this.here ? this.sensing.lanes : []) {
      if (device && epochs.get(stream) === epoch) this.#keep({ type: "device", id: uuid(), stream, ...device });
    }
  }

  #keepEarly() {
    for (const { message, ms } of this.early.splice(0)) this.#keep(message, ms);
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
      this.#drop(stream);
      this.outbox?.startAt(stream, change.next_seq ?? 0);
      if (change.granted && (this.here?.reads(stream) ?? true)) this.sensing.allowOne(stream, change.epoch & 0xffff);
    }
    tell("attune:consent", change);
  }

  /** @param {boolean} online @param {number} [code] */
  #connected(online, code = 0) {
    this.online = online;
    this.#tellState();
    if (FINAL.includes(code) && !this.closed) this.#end(OVER[code] ?? "broken");
  }

  #tellState() {
    const { paused, online, untold } = this;
    const pausing = Boolean(untold?.paused);
    const lost = Object.fromEntries(this.outbox?.lost ?? []);
    tell("attune:state", { streams: this.sensing.states(), paused, pausing, online, lost });
    this.tabs?.tell();
  }

  /** Return the summary for other tabs. */
  #summary() {
    if (!(this.id || this.earlier.length) || this.over) return null;
    const lanes = Object.entries(this.sensing.states()).map(([stream, { state, quality }]) =>
      [stream, { state, quality: quality === null ? null : Math.round(10 * quality) / 10 }]);
    return { streams: Object.fromEntries(lanes), paused: this.paused };
  }
}

export const sitting = new Sitting();
