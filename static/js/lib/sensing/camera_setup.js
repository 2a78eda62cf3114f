// @ts-check
/**
 * Results of the camera set-up: the face at rest, and how the eyes map to the screen.
 *
 * They are numbers for this tab alone: they are sent nowhere, end with the tab, and are deleted
 * when the camera's streams are switched off or another person signs in.
 */
import { csrf } from "../dom.js";

const NAME = "attune.camera-setup";

/** @typedef {import("../../sensors/face/analysis.js").Known} Known */
/** @typedef {keyof Known} Part "neutral" belongs to the stream face, "gaze" to gaze */

/** @returns {Known} */
export function known() {
  try {
    const { login, ...kept } = JSON.parse(sessionStorage.getItem(NAME) ?? "{}");
    // The CSRF token is renewed at each sign-in, so it identifies the session.
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
    // Storage may be blocked: the lesson continues without.
  }
}

/** @param {...Part} parts */
export function drop(...parts) {
  const left = Object.entries(known()).filter(([part]) => !parts.includes(/** @type {Part} */ (part)));
  try {
    if (left.length) sessionStorage.setItem(NAME, JSON.stringify({ ...Object.fromEntries(left), login: csrf() }));
    else sessionStorage.removeItem(NAME);
  } catch {
    // In this case nothing was stored.
  }
}

/** @type {Record<string, Part>} */
const OF = { face: "neutral", gaze: "gaze" };

/** Delete all parts except those of these streams. @param {readonly string[]} streams */
export function keepOnly(streams) {
  drop(...Object.entries(OF).filter(([stream]) => !streams.includes(stream)).map(([, part]) => part));
}
