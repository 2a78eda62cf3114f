// @ts-check
/** One tab of this browser has the camera at a time; the others wait until it is released. */

const NAME = "attune.camera";

export class Turn {
  /** @param {LockManager | undefined} locks */
  constructor(locks = globalThis.navigator?.locks) {
    this.locks = locks;
    this.left = new AbortController();
    this.held = new Promise((leave) => this.left.signal.addEventListener("abort", leave));
  }

  /**
   * Resolve when the camera is ours, or at once where tabs cannot coordinate.
   * @param {() => void} waiting another tab has it now
   */
  async come(waiting) {
    if (!this.locks || await this.#ask({ ifAvailable: true })) return;
    if (!this.left.signal.aborted) waiting();
    await this.#ask({ signal: this.left.signal }).catch(() => false);
  }

  /** @param {LockOptions} options @returns {Promise<boolean>} whether it was granted */
  #ask(options) {
    return new Promise((given, failed) => {
      const hold = (/** @type {Lock | null} */ lock) => {
        given(lock !== null);
        return lock ? this.held : undefined;
      };
      /** @type {LockManager} */ (this.locks).request(NAME, options, hold).catch(failed);
    });
  }

  leave() {
    this.left.abort();
  }
}
