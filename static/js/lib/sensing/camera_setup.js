// @ts-check
/**
 * What was taken up with the person before the camera: their face at rest, how their eyes map to the
 * screen. Numbers for this tab alone: they are sent nowhere, end with the tab, and go when the
 * camera's streams are switched off or somebody else logs in.
 */
import { csrf } from "../dom.js";

const NAME = "attune.camera-setup";

/** @typedef {import("../../sensors/face/analysis.js").Known} Known */
/** @typedef {keyof Known} Part "neutral" belongs to the stream face, "gaze" to gaze */

/** @returns {Known} */
export function known() {
  try {
    const { login, ...kept } = JSON.parse(sessionStorage.getItem(NAME) ?? "{}");
    // The word for forms is made anew at each log-in.
    return login === csrf() ? kept : {};
  } catch {
    return {};
  }
}

/** @template {Part} P @param {P} part @param {Known[P]} value */
export function keep(part, value) {
  try {
    sessionStorage.setItem(NAME, JSON.stringify({ ...known(), [part]: value, login: csrf() }));
  } catch {
    // Storage may be closed: the lesson goes on without.
  }
}

/** @param {...Part} parts */
export function drop(...parts) {
  const left = Object.entries(known()).filter(([part]) => !parts.includes(/** @type {Part} */ (part)));
  try {
    if (left.length) sessionStorage.setItem(NAME, JSON.stringify({ ...Object.fromEntries(left), login: csrf() }));
    else sessionStorage.removeItem(NAME);
  } catch {
    // Nothing was kept, then.
  }
}

/** @type {Record<string, Part>} */
const OF = { face: "neutral", gaze: "gaze" };

/** Only what belongs to these streams may stay. @param {readonly string[]} streams */
export function keepOnly(streams) {
  drop(...Object.entries(OF).filter(([stream]) => !streams.includes(stream)).map(([, part]) => part));
}
