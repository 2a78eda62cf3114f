// @ts-check
/**
 * What guesses in this page: nothing, or the module for it. Few choose it, so it is loaded when it is
 * first wanted.
 */

/** @typedef {import("./on_device_inference.js").Here | typeof LOADING | undefined} Guesser */

/** Until the module is there nothing is sensed, kept or sent. */
const LOADING = { reads: () => false, take() {}, forget() {}, close: () => undefined };

export class GuessingPlace {
  /**
   * @param {() => number} now s since the Sitting began
   * @param {(message: any) => void} say
   * @param {() => void} renew asks the server again what is allowed by now
   */
  constructor(now, say, renew) {
    this.now = now;
    this.say = say;
    this.renew = renew;
    /** @type {typeof import("./on_device_inference.js") | undefined} */
    this.module = undefined;
  }

  /** What guesses from now on. @param {Guesser} before @param {import("./on_device_inference.js").About | undefined} about @returns {Guesser} */
  choose(before, about) {
    if (this.module) return this.module.chosen(before, about, this.now, this.say);
    if (!about) return undefined;
    import("./on_device_inference.js").then((module) => { this.module = module; this.renew(); }, () => {});
    return LOADING;
  }
}
