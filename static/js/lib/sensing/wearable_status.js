// @ts-check
/** The status of wearable sensors in words, and what to do when something is wrong. */
import { t } from "../i18n.js";

/** @typedef {import("./wearable_ways.js").Way} Way */
/** @typedef {{way: Way, name: string, state: string, battery: number | null, contact: boolean | null}} Worn */

/**
 * What can be connected, and the message where this browser cannot.
 * @type {Readonly<Record<Way, {offer: string, none: string}>>}
 */
export const OFFERS = Object.freeze({
  bluetooth: {
    offer: t("Connect a chest strap, armband or watch"),
    none: t("This browser has no Bluetooth, so it cannot connect to a strap, armband or watch. Chrome or Edge on a computer or an Android phone can. In a lab, the lab bridge connects sensors without the browser."),
  },
  serial: {
    offer: t("Connect finger sensors"),
    none: t("This browser cannot connect to finger sensors (Shimmer). Chrome or Edge on a computer can. In a lab, the lab bridge connects sensors without the browser."),
  },
});

/** The result of a choice, where it is not obvious. @type {Readonly<Record<string, string>>} */
export const CHOICES = Object.freeze({
  none_chosen: t("No sensor was chosen. If yours was not in the list, put it on or switch it on, and try again."),
});

const LOW_BATTERY = 20;
/** @type {Readonly<Record<string, string>>} */
const STATES = Object.freeze({
  connecting: t("connecting"), lost: t("out of reach"), silent: t("connected, but no data is arriving"), resting: t("not in use"),
  refused: t("did not start"),
});
/** @type {Readonly<Record<string, string>>} */
const HELP = Object.freeze({
  lost: t("Put it on again or come closer. Attune keeps trying, and nothing is counted twice."),
  silent: t("Switch the sensor off and on, or connect it again."),
  refused: t("Switch the sensor off and on, then connect it again."),
});

/** Describe a sensor: "Battery 82%, touches the skin." @param {Worn} worn */
export function condition({ state, battery, contact }) {
  const known = STATES[state];
  const parts = [
    ...(known ? [known] : []),
    ...(battery === null ? [] : [t("battery {n}%", { n: battery })]),
    ...(known || contact === null ? [] : [contact ? t("touches the skin") : t("does not touch the skin")]),
  ];
  const words = parts.join(", ") || t("connected");
  return `${words[0].toUpperCase()}${words.slice(1)}.`;
}

/** Return the advice for a sensor, or "". @param {Worn} worn */
export function help({ state, battery, contact }) {
  if (HELP[state]) return HELP[state];
  if (contact === false) return t("Wet the strap a little, or press the sensor to the skin.");
  return battery !== null && battery <= LOW_BATTERY ? t("Charge it soon, or change its battery.") : "";
}
