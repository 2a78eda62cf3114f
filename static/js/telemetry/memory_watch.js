// @ts-check
/**
 * Limits the memory of sensing: where it grew far beyond the least so far, all sensors are closed
 * and opened again, which frees what their workers held.
 */

/** A page that senses needs 20 MB of scripts' memory in all. */
export const MOST_GROWTH = 200 * 1024 * 1024;

export class MemoryWatch {
  /**
   * @param {() => Promise<number | null>} measure bytes; null where the browser does not report
   *   them
   * @param {() => void} act
   */
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

/**
 * Return the bytes of scripts in this page and its workers, without WebAssembly; browsers report
 * them only on isolated pages.
 * @returns {Promise<number | null>}
 */
export async function bytesUsed() {
  const measure = /** @type {any} */ (performance).measureUserAgentSpecificMemory;
  if (!globalThis.crossOriginIsolated || !measure) return null;
  return (await measure.call(performance)).bytes;
}
