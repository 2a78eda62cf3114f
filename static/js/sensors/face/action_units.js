// @ts-check
/**
 * Intensities like action units: how far a length differs from this person's own neutral face.
 *
 * They are geometry, not FACS coding. What the mesh detects badly has a low confidence and is not
 * used.
 */

/** @typedef {import("./features.js").Lengths} Lengths */
/** @typedef {{unit: string, trust: Record<string, number>, range: number, of: (l: Lengths) => number}} Unit */
/** @typedef {{values: number[], openness: number}} Resting a face at rest */

/**
 * `trust`, by library, is a judgement from faces warped on purpose: raised brows moved Human's mesh
 * by 2 % and MediaPipe's by 30 %, lowered corners of the mouth by 27 % and 65 %. `range` is the
 * change from neutral that counts as 5, in distances between the eyes. Neither is validated on
 * people.
 * @type {readonly Unit[]}
 */
export const UNITS = Object.freeze([
  { unit: "au01", trust: { human: 0.2, face_mesh: 0.6 }, range: 0.12, of: (l) => l.innerBrow },
  { unit: "au02", trust: { human: 0.2, face_mesh: 0.6 }, range: 0.12, of: (l) => l.outerBrow },
  { unit: "au04", trust: { human: 0.2, face_mesh: 0.5 }, range: 0.1, of: (l) => -l.innerBrow - l.browsApart / 2 },
  { unit: "au05", trust: { human: 0.4, face_mesh: 0.5 }, range: 0.08, of: (l) => l.lids },
  { unit: "au06", trust: { human: 0.3, face_mesh: 0.3 }, range: 0.12, of: (l) => -l.cheek },
  { unit: "au07", trust: { human: 0.5, face_mesh: 0.6 }, range: 0.1, of: (l) => -l.lids },
  { unit: "au09", trust: { human: 0.2, face_mesh: 0.3 }, range: 0.1, of: (l) => -l.nostrils },
  { unit: "au10", trust: { human: 0.4, face_mesh: 0.5 }, range: 0.12, of: (l) => -l.upperLip },
  { unit: "au12", trust: { human: 0.8, face_mesh: 0.8 }, range: 0.2, of: (l) => l.cornerLift + l.mouthWidth / 4 },
  { unit: "au14", trust: { human: 0.2, face_mesh: 0.3 }, range: 0.2, of: (l) => l.mouthWidth - l.lipGap },
  { unit: "au15", trust: { human: 0.6, face_mesh: 0.7 }, range: 0.12, of: (l) => -l.cornerLift },
  { unit: "au17", trust: { human: 0.4, face_mesh: 0.5 }, range: 0.1, of: (l) => -l.chin },
  { unit: "au20", trust: { human: 0.5, face_mesh: 0.6 }, range: 0.25, of: (l) => l.mouthWidth - Math.abs(l.cornerLift) },
  { unit: "au23", trust: { human: 0.3, face_mesh: 0.4 }, range: 0.12, of: (l) => -l.lips },
  { unit: "au25", trust: { human: 0.9, face_mesh: 0.9 }, range: 0.2, of: (l) => l.lipGap },
  { unit: "au26", trust: { human: 0.8, face_mesh: 0.8 }, range: 0.35, of: (l) => l.jaw },
  { unit: "au28", trust: { human: 0.3, face_mesh: 0.4 }, range: 0.2, of: (l) => -l.lips - l.lipGap },
  { unit: "au45", trust: { human: 0.8, face_mesh: 0.8 }, range: 0.2, of: (l) => -l.openness },
]);

export const STRONGEST = 5;
export const NEUTRAL_MS = 5000;
export const FEWEST_ROWS = 25;
/** The openness of an eye that is neither wide nor narrow, until this person's own is known. */
const USUAL_OPENNESS = 0.3;

/** This person's face at rest: given, or the median of the first good seconds. */
export class Neutral {
  /**
   * @param {{ms?: number, rows?: number, resting?: Resting | null}} [how]
   *   the least time and number of rows
   */
  constructor({ ms = NEUTRAL_MS, rows = FEWEST_ROWS, resting = null } = {}) {
    this.span = { ms, rows };
    /** @type {Lengths[]} */
    this.seen = [];
    /** @type {number | null} */
    this.sinceMs = null;
    this.given = resting !== null;
    /** @type {number[] | null} */
    this.values = resting?.values ?? null;
    this.openness = resting?.openness ?? USUAL_OPENNESS;
  }

  /** @param {Lengths} lengths of a good frame @param {number} ms */
  add(lengths, ms) {
    if (this.values) return;
    this.sinceMs ??= ms;
    this.seen.push(lengths);
    if (ms - this.sinceMs < this.span.ms || this.seen.length < this.span.rows) return;
    this.values = UNITS.map(({ of }) => median(this.seen.map(of)));
    this.openness = median(this.seen.map(({ openness }) => openness));
    this.seen = [];
  }

  /** @returns {Resting | null} */
  resting() {
    return this.values && { values: this.values, openness: this.openness };
  }
}

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/**
 * Return intensities 0-5, NaN until the neutral face is known, and how far each may be trusted.
 * @param {Lengths} lengths @param {Neutral} neutral @param {number} quality 0-1
 * @param {string} backend
 */
export function intensities(lengths, neutral, quality, backend) {
  const { values } = neutral;
  if (!values) return { units: UNITS.map(() => NaN), confidences: UNITS.map(() => 0) };
  const strength = (/** @type {Unit} */ { of, range }, /** @type {number} */ at) =>
    STRONGEST * share((of(lengths) - values[at]) / range);
  return { units: UNITS.map(strength), confidences: UNITS.map(({ trust }) => (trust[backend] ?? 0) * quality) };
}

/** Return how far the eyes are closed, 0-1. @param {Lengths} lengths @param {Neutral} neutral */
export function blink(lengths, neutral) {
  return share((neutral.openness - lengths.openness) / (0.7 * neutral.openness));
}

/** @param {number} value */
const share = (value) => Math.max(0, Math.min(1, value));
