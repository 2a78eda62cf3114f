// @ts-check
/** Write seconds of a video for readers and screen readers. */
import { tn } from "../i18n.js";

/** @param {number} seconds @returns {string} "1:05" */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** @param {number} seconds @returns {string} "1 minute 5 seconds" */
export function spoken(seconds) {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  const parts = [];
  if (minutes) parts.push(tn("{n} minute", "{n} minutes", minutes));
  parts.push(tn("{n} second", "{n} seconds", rest));
  return parts.join(" ");
}
