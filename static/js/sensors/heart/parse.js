// @ts-check
/** Parse the Heart Rate Measurement of a Bluetooth sensor (0x2A37), and convert it to rows. */

export const RR = Object.freeze({ least: 300, most: 2000 });
const FLAGS = { wide: 1, touches: 2, tellsTouch: 4, energy: 8, intervals: 16 };

/**
 * @typedef {{hr: number, contact: boolean | null, energy: number | null, rr: number[]}} Beat
 *   rr in ms; contact null where the sensor does not report it
 */

/**
 * Return null where a packet is shorter than its own flags require.
 * @param {DataView} view @returns {Beat | null}
 */
export function parse(view) {
  const flags = view.byteLength ? view.getUint8(0) : 0;
  const has = (/** @type {number} */ flag) => (flags & flag) !== 0;
  let at = has(FLAGS.wide) ? 3 : 2;
  if (view.byteLength < at + (has(FLAGS.energy) ? 2 : 0)) return null;
  const hr = has(FLAGS.wide) ? view.getUint16(1, true) : view.getUint8(1);
  const energy = has(FLAGS.energy) ? view.getUint16(at, true) : null;
  at += has(FLAGS.energy) ? 2 : 0;
  const rr = [];
  for (; has(FLAGS.intervals) && at + 2 <= view.byteLength; at += 2) {
    rr.push((view.getUint16(at, true) * 1000) / 1024);
  }
  return { hr, contact: has(FLAGS.tellsTouch) ? has(FLAGS.touches) : null, energy, rr };
}

/**
 * Return one row for each beat, at its own time: the last interval ended when the packet arrived.
 * An interval that no heart has is left out, and a packet without any still gives the rate.
 * @param {Beat} beat @param {number} ms @param {number} notBefore times never decrease
 * @returns {(number | null)[][]} t (ms), hr, rr, contact
 */
export function rowsOf({ hr, contact, rr }, ms, notBefore = 0) {
  const touch = contact === null ? null : Number(contact);
  if (!rr.length) return [[Math.max(ms, notBefore), hr, null, touch]];
  const ends = rr.map((_, at) => ms - rr.slice(at + 1).reduce((sum, each) => sum + each, 0));
  return rr.map((each, at) => [
    Math.max(ends[at], notBefore), hr, each >= RR.least && each <= RR.most ? each : null, touch,
  ]);
}
