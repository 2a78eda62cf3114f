// @ts-check
/**
 * What the Learner does and says on this page, until the server has it.
 *
 * What comes before the Sitting knows its time waits here with its moment.
 */
import { uuid } from "./browser.js";
import { tell } from "./dom_events.js";

/**
 * @typedef {object} Page
 * @property {() => "now" | "later" | "never"} accepts
 * @property {import("./clock.js").Clock} clock of its present Sitting
 * @property {import("./outbox.js").Outbox} [outbox]
 * @property {import("./socket.js").Socket} [socket]
 * @property {{outbox?: import("./outbox.js").Outbox, socket?: import("./socket.js").Socket}[]} sending
 *   all its Sittings that still send; oldest first
 */

export class LearnerMessages {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    /** @type {{message: any, ms: number}[]} */
    this.early = [];
  }

  /**
   * Report an action in the player or the quiz.
   * @param {string} name
   * @param {number | null} [value] @param {string | null} [ref]
   */
  event(name, value = null, ref = null) {
    this.keep({ type: "event", name, value, ref });
  }

  /**
   * Report what the Learner states about themselves.
   * @param {string | null} label
   * @param {{valence?: number, arousal?: number, asked?: boolean}} [more]
   */
  report(label, more = {}) {
    return this.keep({ type: "report", label, ...more });
  }

  /** Skip a check-in. @param {boolean} less whether fewer of them are wanted */
  passed(less) {
    return this.keep({ type: "check_in.passed", less });
  }

  /** Report the result of an offer. @param {string} code @param {string} outcome */
  outcome(code, outcome) {
    this.page.socket?.pass({ type: "intervention.outcome", code, outcome });
  }

  /** Return the reports that the server has not acknowledged. */
  unsentReports() {
    const texts = this.page.sending.flatMap(({ outbox }) => [...outbox?.texts.values() ?? []]);
    return [...texts, ...this.early].filter(({ message }) => message.type === "report").length;
  }

  /** Send the reports now; resolves when all are acknowledged. @param {number} [lookMs] */
  async sendReports(lookMs = 100) {
    for (const { socket } of this.page.sending) socket?.flushTexts();
    while (this.page.socket && this.unsentReports()) await new Promise((done) => setTimeout(done, lookMs));
  }

  /**
   * @param {any} message @param {number} [ms]
   * @returns {string} its id, to follow it by; "" where nothing is accepted any more
   */
  keep({ id = uuid(), ...message }, ms = performance.now()) {
    const when = this.page.accepts();
    if (when === "never") return "";
    if (when === "later") this.early.push({ message: { id, ...message }, ms });
    else {
      this.page.outbox?.addText({ id, ...message, t: this.page.clock.at(ms) });
      this.page.socket?.flushTexts();
    }
    return id;
  }

  /** Give what waited to the Sitting, which knows its time now. */
  keepEarly() {
    for (const { message, ms } of this.early.splice(0)) this.keep(message, ms);
  }

  /** The Sitting that they belong to will not come: no other one may get them. */
  refuseEarly() {
    for (const { message } of this.early.splice(0)) tell("attune:error", { id: message.id });
  }
}
