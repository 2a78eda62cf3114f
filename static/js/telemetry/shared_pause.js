// @ts-check
/**
 * The pause of sensing, which applies to all tabs of this browser.
 *
 * Each page tells the server of its own Sitting, until it confirms; also on pages without a Sitting
 * the other tabs can be paused.
 */
import { uuid } from "./browser.js";
import { tell } from "./dom_events.js";
import { summaryOf, Tabs } from "./tab_sync.js";

/**
 * @typedef {object} Page
 * @property {import("./sensor_manager.js").Sensing} sensing
 * @property {import("./socket.js").Socket} [socket] of its present Sitting
 * @property {{socket?: import("./socket.js").Socket}[]} sending all its Sittings that still send
 * @property {boolean} closed whether it has no Sitting
 * @property {boolean} isSensing whether it has a Sitting that senses
 */

export class SharedPause {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    /**
     * A pause or resume that the server has not confirmed.
     * @type {{type: "pause", paused: boolean, id: string} | null}
     */
    this.untold = null;
    /** Whether a Sitting began on this page, so that the page knows the latest decision. */
    this.isBegun = false;
    /** @type {Tabs | undefined} */
    this.tabs = undefined;
  }

  /** Receive what other tabs of this browser sense, and pause with them. */
  listen() {
    this.tabs ??= new Tabs({
      pause: (paused) => this.#set(paused),
      changed: () => tell("attune:elsewhere", this.tabs?.elsewhere() ?? null),
      mine: () => (this.page.isSensing ? summaryOf(this.page.sensing.states(), this.page.sensing.paused) : null),
    }, uuid());
  }

  close() {
    this.tabs?.close();
    this.tabs = undefined;
  }

  pause() {
    this.#set(true);
    this.tabs?.pause(true);
  }

  resume() {
    this.#set(false);
    this.tabs?.pause(false);
  }

  /**
   * Begin as the server says, unless the person decided otherwise on this page, also in a lesson
   * before: then the welcome tells the server.
   * @param {boolean} paused
   */
  begin(paused) {
    const { sensing, socket } = this.page;
    if (!this.untold && this.isBegun && sensing.paused !== paused) this.#owe(sensing.paused);
    this.isBegun = true;
    sensing.pause(this.untold?.paused ?? paused);
    socket?.hold(sensing.paused);
  }

  /** @param {boolean} paused */
  #owe(paused) {
    this.untold = { type: "pause", paused, id: uuid() };
  }

  /** Say again what the server has not confirmed, on a new socket. */
  repeat() {
    if (this.untold) this.page.socket?.pass(this.untold);
  }

  /** Handle an answer of the server; return whether it confirms the pause. @param {string | undefined} id */
  confirm(id) {
    const isConfirmed = Boolean(id) && id === this.untold?.id;
    if (isConfirmed) this.untold = null;
    return isConfirmed;
  }

  /** @param {boolean} paused */
  #set(paused) {
    const { page } = this;
    if (page.sensing.paused === paused) return;
    if (!page.closed) this.#owe(paused);
    page.sensing.pause(paused);
    for (const { socket } of page.sending) socket?.hold(paused);
    // Before its welcome, the welcome repeats it.
    if (page.socket?.welcomed) this.repeat();
  }
}
