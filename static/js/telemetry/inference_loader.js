// @ts-check
/**
 * The on-device inference of this page: nothing, or its module.
 *
 * Few Learners choose it, so it is loaded when it is first wanted.
 */

/** @typedef {import("./on_device_inference.js").Here | typeof LOADING | undefined} Guesser */

/** Until the module is loaded nothing is sensed, stored or sent. */
const LOADING = { reads: () => false, take() {}, forget() {}, close: () => undefined };

export class GuessingPlace {
  /**
   * @param {() => number} now s since the Sitting began
   * @param {(message: any) => void} say
   * @param {() => void} renew asks the server again what is allowed
   */
  constructor(now, say, renew) {
    this.now = now;
    this.say = say;
    this.renew = renew;
    /** @type {typeof import("./on_device_inference.js") | undefined} */
    this.module = undefined;
  }

  /**
   * Return what computes the estimates from now on.
   * @param {Guesser} before @param {import("./on_device_inference.js").About | undefined} about
   * @returns {Guesser}
   */
  choose(before, about) {
    if (this.module) return this.module.chosen(before, about, this.now, this.say);
    if (!about) return undefined;
    import("./on_device_inference.js").then((module) => { this.module = module; this.renew(); }, () => {});
    return LOADING;
  }
}
