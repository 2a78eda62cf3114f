// @ts-check
/** Skin conductance from the raw number of a Shimmer3 GSR+. */

const RANGE_BITS = 14;
const ADC_BITS = 0x0fff;
const VOLTS_A_STEP = 3.0 / 4095;
const VOLTS_AT_SKIN = 0.5;
/** The resistor of each range, and what it can measure, in kOhm. */
const RANGES = Object.freeze([
  { own: 40.2, least: 8, most: 63 },
  { own: 287, least: 63, most: 220 },
  { own: 1000, least: 220, most: 680 },
  { own: 3300, least: 680, most: 4700 },
]);
const WIDEST = RANGES.length - 1;
/** Below this, the widest range only shows that there is no skin contact. */
const WIDEST_LEAST_ADC = 683;

/**
 * @typedef {{range: number, adc: number, kOhm: number, us: number, off: boolean}} Conductance
 *   us: µS; off: no skin between the electrodes
 */

/** @param {number} raw @returns {Conductance} */
export function conductance(raw) {
  const range = (raw >> RANGE_BITS) & 3;
  const { own, least, most } = RANGES[range];
  const adc = range === WIDEST ? Math.max(raw & ADC_BITS, WIDEST_LEAST_ADC) : raw & ADC_BITS;
  const over = (adc * VOLTS_A_STEP) / VOLTS_AT_SKIN - 1;
  const resistance = over > 0 ? own / over : Infinity;
  const kOhm = Math.min(most, Math.max(least, resistance));
  return { range, adc, kOhm, us: 1000 / kOhm, off: range === WIDEST && resistance >= most };
}

/**
 * Reads one number after another; at a change of the range, the number is the switch's and not the
 * skin's.
 */
export class Skin {
  /** @type {number | null} */
  #range = null;

  /** @param {number} raw @returns {Conductance & {switched: boolean}} */
  read(raw) {
    const found = conductance(raw);
    const switched = this.#range !== null && this.#range !== found.range;
    this.#range = found.range;
    return { ...found, switched };
  }
}
