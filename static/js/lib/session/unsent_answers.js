// @ts-check
/** What the server has not acknowledged yet, for the question before a sign-out. */

/**
 * @typedef {object} Source
 * @property {() => number} count answers that have not been acknowledged
 * @property {() => Promise<unknown>} send tries to send them now
 */

/** @type {Set<Source>} */
const sources = new Set();

/** @param {Source} source @param {AbortSignal} signal */
export function registerUnsent(source, signal) {
  sources.add(source);
  signal.addEventListener("abort", () => sources.delete(source));
}

export const unsentAnswers = () => [...sources].reduce((sum, source) => sum + source.count(), 0);

export const sendUnsent = () => Promise.allSettled([...sources].map((source) => source.send()));

/** Count the texts that were typed in this tab and not posted; blocked storage contains none. */
export function unpostedTexts() {
  try {
    return Object.keys(sessionStorage).filter((name) => name.startsWith("attune.draft.")).length;
  } catch {
    return 0;
  }
}
