// @ts-check
/**
 * The Sitting of this page.
 *
 * Controllers report what was done to its `learner`; messages of the server become `attune:…` events
 * on the document. The course continues without it.
 */
import { encode } from "./block.js";
import { address, begin, pageId, ways } from "./browser.js";
import { Clock, RowTimes } from "./clock.js";
import { GuessingPlace } from "./inference_loader.js";
import { LearnerMessages } from "./learner_messages.js";
import { LONGEST_SITTING_MS, Outbox } from "./outbox.js";
import { SENSORS, Sensing } from "./sensor_manager.js";
import { SharedPause } from "./shared_pause.js";
import { FINAL, Socket } from "./socket.js";
import { openStore } from "./outbox_store.js";
import { STREAMS } from "./streams.js";
import { CONTINUED, OVER, tell, TELL } from "./dom_events.js";
import { Wake, watchVisibility } from "./sleep_detector.js";

const LOOK_MS = 30_000;

export class Sitting {
  constructor() {
    this.clock = new Clock(() => performance.now());
    this.wake = new Wake(() => Date.now(), () => performance.now());
    this.sensing = new Sensing(this.#deliver.bind(this), this.#tellState.bind(this), SENSORS,
      (stream, device) => this.here || this.handover?.isWaiting || this.learner.keep({ type: "device", stream, ...device }));
    /**
     * The inference on this machine, if the Learner chose it.
     * @type {import("./inference_loader.js").Guesser}
     */
    this.here = undefined;
    this.guessing = new GuessingPlace(() => this.clock.now(), (said) => this.paused || this.socket?.pass(said), () => this.socket?.renew());
    /** @type {string | null} */
    this.id = null;
    this.online = false;
    this.learner = new LearnerMessages(this);
    this.pauses = new SharedPause(this);
    this.closed = true;
    /** Whether the clock is the server's: not after sleep, until the server was asked. */
    this.synced = false;
    /** Whether the server said what may be sensed in this Sitting. */
    this.welcomed = false;
    this.over = "";
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.looking = undefined;
    this.rowTimes = new RowTimes(this.clock);
    /** What this page's Sitting is about. @type {{unit: string, scenario: string} | undefined} */
    this.about = undefined;
    /** The Sittings of the units before. @type {import("./handover.js").Handover | undefined} */
    this.handover = undefined;
    /** Whether the next unit is shown, and its Sitting is not asked for yet. */
    this.moving = false;
    /** Counts the Sittings, so that an answer for an earlier one is ignored. */
    this.run = 0;
  }

  get paused() {
    return this.sensing.paused;
  }

  /** Whether sensors may run, for this Sitting or until it begins for the one before. */
  get isSensing() {
    return Boolean(this.id || this.handover?.isWaiting) && !this.over;
  }

  /** Begin, or resume after a reload. @param {{unit: string, scenario?: string}} about */
  async open({ unit, scenario = "course" }) {
    const run = ++this.run;
    this.about = { unit, scenario };
    [this.closed, this.moving, this.over] = [false, false, ""];
    this.pauses.listen();
    // The discussion of a unit is another page than the unit itself, in the same tab.
    const page = pageId(scenario === "discussion" ? `discussion.${unit}` : unit);
    const askedMs = performance.now();
    const begun = await begin({ unit, scenario, page });
    if (!begun || run !== this.run) return;
    // Each Sitting has its own time, and its Blocks are in order.
    if (begun.sitting !== this.outbox?.sitting) this.rowTimes = new RowTimes(this.clock = new Clock(() => performance.now()));
    this.clock.sync(begun.now, askedMs);
    this.endsMs = Date.now() - 1000 * begun.now + LONGEST_SITTING_MS;
    this.handover?.release(begun.sitting);
    const outbox = new Outbox(await openStore(), begun.sitting);
    await outbox.load();
    if (run !== this.run) return outbox.store.close();
    this.id = begun.sitting;
    this.synced = true;
    this.outbox = outbox;
    this.learner.keepEarly();
    this.socket = new Socket(
      address(begun.sitting), page, outbox, (message) => this.#heard(message),
      (online, code) => this.#connected(online, code), ways(),
    );
    this.unwatch?.();
    this.unwatch = watchVisibility((visible) => this.learner.event("visibility", visible), () => this.#closeStores());
    this.pauses.begin(begun.paused);
    this.socket.open();
  }

  /**
   * Go on in another unit. Where both are lessons the sensors run on.
   * @param {{unit: string, scenario?: string}} about
   */
  async move({ unit, scenario = "course" }) {
    const { about } = this;
    const isOpen = !this.closed && !this.over;
    if (isOpen && about?.unit === unit && about.scenario === scenario) return;
    this.about = { unit, scenario };
    const isLeft = isOpen && scenario === "course" && about?.scenario === scenario ? await this.#leave() : this.close();
    if (isLeft !== false) await this.open({ unit, scenario });
  }

  /**
   * Give this Sitting away, and keep the sensors. What the Learner does meanwhile belongs to the next
   * unit. Return false where another move or the end of the page came first.
   */
  async #leave() {
    const run = ++this.run;
    this.moving = true;
    this.learner.refuseEarly();
    const module = await import("./handover.js").catch(() => undefined);
    if (run !== this.run) return false;
    if (!module || this.over) this.close();
    else this.#handOver(module.Handover);
    return true;
  }

  /** @param {typeof import("./handover.js").Handover} Handover */
  #handOver(Handover) {
    const { outbox, socket, rowTimes } = this;
    this.handover ??= new Handover({ sensing: this.sensing, isWelcome: () => this.welcomed });
    const lanes = this.here || !this.welcomed ? [] : [...this.sensing.lanes];
    const epochs = new Map(lanes.map(([stream, { epoch }]) => [stream, epoch]));
    if (outbox && socket) this.handover.leave({ outbox, socket, rowTimes, epochs });
    this.here = this.here?.close();
    [this.id, this.outbox, this.socket, this.welcomed] = [null, undefined, undefined, false];
  }

  /**
   * Every Sitting of this page that still sends; oldest first.
   * @returns {{outbox?: Outbox, socket?: Socket}[]}
   */
  get sending() {
    return [...this.handover?.earlier ?? [], this];
  }

  /** A page that is left must not block the store of the next one. */
  #closeStores() {
    for (const { outbox } of this.sending) outbox?.store.close();
  }

  close() {
    this.run += 1;
    [this.closed, this.moving] = [true, false];
    this.handover?.close();
    this.unwatch?.();
    this.sensing.stop();
    this.here = this.here?.close();
    this.socket?.close();
    // What it has not sent waits in the store until its own page is open again.
    this.outbox?.store.close();
    this.learner.refuseEarly();
    clearInterval(this.looking);
    [this.id, this.outbox, this.socket, this.looking] = [null, undefined, undefined, undefined];
    this.synced = this.welcomed = false;
    this.pauses.close();
  }

  /** Everything was switched off here: stop now, without waiting for the socket. */
  forget() {
    this.sensing.stop();
    this.handover?.forget();
    for (const stream of Object.keys(STREAMS)) this.#drop(stream);
  }

  /** @param {string} stream */
  #drop(stream) {
    this.outbox?.empty(stream);
    this.here?.forget(stream);
  }

  /** Return whether what the Learner does has its place in this Sitting. @returns {"now" | "later" | "never"} */
  accepts() {
    const isAwake = !this.over && !this.moving && this.outbox && this.#awake();
    // Reading the clock may have ended the Sitting.
    if (this.over && this.over !== "signed_out") return "never";
    return isAwake ? "now" : "later";
  }

  /** @param {string} stream @param {number} epoch @param {(number | null)[][]} rows @param {number} rateHz @param {number} [endMs] */
  #deliver(stream, epoch, rows, rateHz, endMs = performance.now()) {
    if (!STREAMS[stream]) return;
    const { scale, backend } = this.sensing.lanes.get(stream)?.device ?? {};
    const beginsMs = rateHz ? endMs - 1000 * rows.length / rateHz : Number(rows[0][0]);
    if (this.handover?.take(beginsMs, stream, epoch, rows, rateHz, endMs, scale)) return;
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
    if (message.type === "welcome") this.#welcomed(message);
    this.outbox?.hear(message);
    if (this.pauses.confirm(message.id)) this.#tellState();
    if (message.type === "consent.changed") this.#consentChanged(message);
    if (message.type === "slow") this.sensing.slow(message.stream, message.rate_hz);
    const name = TELL[message.type];
    if (name) tell(name, message);
  }

  /** @param {any} message */
  #welcomed(message) {
    this.clock.sync(message.now);
    this.synced = true;
    this.learner.keepEarly();
    this.looking ??= setInterval(() => {
      this.#awake();
      void this.sensing.limitMemory();
    }, LOOK_MS);
    this.pauses.repeat();
    this.here = this.guessing.choose(this.here, message.here);
    const epochs = new Map(message.streams.map((/** @type {any} */ s) => [s.stream, s.epoch]));
    for (const stream of Object.keys(STREAMS)) {
      this.outbox?.empty(stream, this.here ? undefined : epochs.get(stream));
      if (!epochs.has(stream)) this.here?.forget(stream);
    }
    for (const { stream, next_seq } of message.streams) this.outbox?.startAt(stream, next_seq);
    if (!this.welcomed) this.#begin(epochs);
    this.sensing.allow(message.streams.filter((/** @type {any} */ s) => this.here?.reads(s.stream) ?? true));
  }

  /** What is sensed from now on belongs to this Sitting. @param {Map<string, number>} epochs */
  #begin(epochs) {
    this.welcomed = true;
    const devices = this.handover?.finish(this.clock.beganMs, epochs) ?? [];
    if (!this.here) for (const device of devices) this.learner.keep(device);
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
    const { paused, online, pauses } = this;
    const pausing = Boolean(pauses.untold?.paused);
    const lost = Object.fromEntries(this.outbox?.lost ?? []);
    tell("attune:state", { streams: this.sensing.states(), paused, pausing, online, lost });
    pauses.tabs?.tell();
  }
}

export const sitting = new Sitting();
