// @ts-check
/**
 * Keeps sensing from eating the computer's memory: where it grew far beyond the least that was needed
 * so far, all sensors are closed and opened again, which gives back what their workers held.
 */

/** A page that senses needs 20 MB of scripts' memory in all. */
export const MOST_GROWTH = 200 * 1024 * 1024;

export class MemoryWatch {
  /** @param {() => Promise<number | null>} measure bytes; null where the browser does not say @param {() => void} act */
  constructor(measure, act) {
    this.measure = measure;
    this.act = act;
    this.least = Infinity;
    this.busy = false;
  }

  async look() {
    if (this.busy) return;
    this.busy = true;
    const bytes = await this.measure().catch(() => null);
    this.busy = false;
    if (bytes === null) return;
    this.least = Math.min(this.least, bytes);
    if (bytes - this.least <= MOST_GROWTH) return;
    this.least = Infinity;
    this.act();
  }
}

/** Of scripts in this page and its workers, not of WebAssembly; only where the page is isolated does a browser say. @returns {Promise<number | null>} */
export async function bytesUsed() {
  const measure = /** @type {any} */ (performance).measureUserAgentSpecificMemory;
  if (!globalThis.crossOriginIsolated || !measure) return null;
  return (await measure.call(performance)).bytes;
}
