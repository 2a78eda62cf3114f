// @ts-check
/**
 * What leaves the computer, in plain words: each channel of each stream by name, in the order of
 * its numbers, and what is stored.
 */
import { STREAMS } from "../../telemetry/streams.js";
import { num, t } from "../i18n.js";

/** @typedef {import("../../telemetry/streams.js").Channel} Channel */

/**
 * @typedef {{label: string, text: string, bar: boolean, share: number | null}} Line
 *   bar: whether it may have one; share: its length, 0-1, null where it is unknown
 */

const OF_5 = t("of 5");
const PERCENT = "%";
/** The value of a full bar. @type {Record<string, number>} */
const FULL = { [OF_5]: 5, [PERCENT]: 1 };
const DEGREES = "°";

/** What follows a number in this unit, where it is not the unit itself. @type {Readonly<Record<string, string>>} */
const UNITS = Object.freeze({
  intensity: OF_5, ratio: PERCENT, share: PERCENT, confidence: PERCENT, quality: PERCENT,
  rad: DEGREES, "unit vector": t("of 1"), "face widths": t("face widths"),
  "viewport diagonals": t("screens"), "diagonals/s": t("screens per second"), "rad/diagonal": t("radians per screen"),
  "viewport heights": t("window heights"), bpm: t("beats per minute"), count: "", code: "", "device units": "",
});

/** @param {string} stream */
export const stays = (stream) => {
  const known = STREAMS[stream]?.stays;
  return known ? t(known) : t("Only these numbers from the sensor leave this device.");
};

/**
 * Return the label of a channel; the confidence of another channel is named after that one.
 * @param {readonly Channel[]} channels @param {number} at
 */
function labelOf(channels, at) {
  const { name, label } = channels[at];
  if (label) return t(label);
  const about = channels.find((each) => name === `${each.name}_confidence`);
  return t("{label}: how sure", { label: t(about?.label ?? name) });
}

/**
 * Return the numbers of one row, one line each.
 * @param {string} stream @param {(number | null)[]} row @returns {Line[]}
 */
export function lines(stream, row) {
  const channels = STREAMS[stream]?.channels ?? [];
  return row.map((value, at) => {
    const label = at in channels ? labelOf(channels, at) : t("number {n}", { n: at + 1 });
    const unit = at in channels ? (UNITS[channels[at].unit] ?? channels[at].unit) : "";
    return { label, text: told(value, unit), bar: unit in FULL, share: shareOf(value, unit) };
  });
}

/** @param {number | null} value @param {string} unit */
function told(value, unit) {
  if (value === null || Number.isNaN(value)) return t("not known");
  if (unit === PERCENT) return t("{n}%", { n: Math.round(100 * value) });
  if (unit === DEGREES) return `${Math.round((180 * value) / Math.PI)}°`;
  return `${num(Number(value.toFixed(2)))} ${unit}`.trim();
}

/** @param {number | null} value @param {string} unit */
function shareOf(value, unit) {
  if (value === null || Number.isNaN(value) || !(unit in FULL)) return null;
  return Math.min(1, Math.max(0, value / FULL[unit]));
}

/**
 * Return the heading: how many numbers there are, or why there are none.
 * @param {number} numbers
 * @param {{paused: boolean, online: boolean}} sensing
 */
export function summary(numbers, { paused, online }) {
  if (paused) return t("Paused: nothing is measured and nothing leaves.");
  if (!numbers) return t("Nothing is measured right now, so nothing leaves.");
  const n = numbers;
  return online
    ? t("These {n} numbers, not your picture or the keys you press, leave this device. They are the latest ones measured.", { n })
    : t("These {n} numbers, not your picture or the keys you press, wait here until the connection is back.", { n });
}
