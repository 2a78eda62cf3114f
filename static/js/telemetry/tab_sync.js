// @ts-check
/**
 * Messages between the tabs of one browser: a pause applies to all of them, and a page that senses
 * nothing itself knows what the others do.
 *
 * Without BroadcastChannel each tab works alone.
 */

const NAME = "attune-sensing";

/** @typedef {{streams: Record<string, any>, paused: boolean}} Summary */

/**
 * Return what other tabs need to know of what is sensed here.
 * @param {Record<string, {state: string, quality: number | null}>} states @param {boolean} paused
 * @returns {Summary}
 */
export function summaryOf(states, paused) {
  const lanes = Object.entries(states).map(([stream, { state, quality }]) =>
    [stream, { state, quality: quality === null ? null : Math.round(10 * quality) / 10 }]);
  return { streams: Object.fromEntries(lanes), paused };
}

export class Tabs {
  /**
   * @param {{pause: (paused: boolean) => void, changed: () => void, mine: () => Summary | null}}
   *   page
   * @param {string} id of this tab @param {() => BroadcastChannel} open
   */
  constructor(page, id, open = () => new BroadcastChannel(NAME)) {
    this.page = page;
    this.id = id;
    /** The last report of each other tab. @type {Map<string, Summary>} */
    this.others = new Map();
    this.told = "";
    try {
      /** @type {BroadcastChannel | null} */
      this.channel = open();
      this.channel.onmessage = ({ data }) => this.#heard(data);
      this.#say({ type: "who" });
      globalThis.addEventListener?.("pagehide", () => this.#say({ type: "does", mine: null }));
    } catch {
      this.channel = null;
    }
  }

  /** Handle a press of pause or resume here. @param {boolean} paused */
  pause(paused) {
    this.#say({ type: "pause", paused });
  }

  /** Report what this tab does, only when it changed. */
  tell() {
    const mine = this.page.mine();
    const text = JSON.stringify(mine);
    if (text === this.told) return;
    this.told = text;
    this.#say({ type: "does", mine });
  }

  /** Return everything that is sensed in other tabs, or null. @returns {Summary | null} */
  elsewhere() {
    const all = [...this.others.values()].filter(({ streams }) => Object.keys(streams).length);
    if (!all.length) return null;
    const streams = Object.assign({}, ...all.map((each) => each.streams));
    return { streams, paused: all.every(({ paused }) => paused) };
  }

  close() {
    this.#say({ type: "does", mine: null });
    this.channel?.close();
    this.channel = null;
  }

  /** @param {any} message */
  #say(message) {
    this.channel?.postMessage({ ...message, from: this.id });
  }

  /** @param {any} message */
  #heard({ type, from, paused, mine }) {
    if (type === "pause") this.page.pause(paused);
    if (type === "who") {
      this.told = "";
      this.tell();
    }
    if (type !== "does") return;
    if (mine) this.others.set(from, mine);
    else this.others.delete(from);
    this.page.changed();
  }
}
