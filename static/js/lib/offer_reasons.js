// @ts-check
/** The reasons of an offer, in fixed order: course, reported, estimated, not used, the rule. */
import { one } from "./dom.js";
import { t } from "./i18n.js";

/**
 * @typedef {{text: string, low: number, high: number, threshold: number}} Estimated
 * @typedef {{course: string[], said: string[], estimated: Estimated[], missing: string[],
 *   because: string[], rule: string, waits: string, probability: string, predictor: string, digest: string}} Why
 */
const SVG = "http://www.w3.org/2000/svg";
const NOTHING = {
  course: t("Nothing."), said: t("Nothing yet."), estimated: t("Nothing was estimated."),
  missing: t("Your grade and your earlier courses (never used)."),
};

/** @param {HTMLElement} card @param {Why} why */
export function fillWhy(card, why) {
  fill(card, "course", why.course.join(" ") || NOTHING.course);
  fill(card, "self", why.said.join(" ") || NOTHING.said);
  fill(card, "unused", [...why.missing.map((name) => `${name}.`), NOTHING.missing].join(" "));
  fill(card, "rule", [why.rule, why.waits, why.probability].join(" "));
  const cell = one('[data-why="sensed"]', card);
  if (!cell) return;
  cell.textContent = why.estimated.length ? "" : NOTHING.estimated;
  for (const guess of why.estimated) cell.append(guess.text, band(guess), scale(guess));
  for (const sentence of why.because) cell.append(line(sentence));
  const { predictor, digest } = why;
  if (digest) cell.append(small(` ${t("Estimated by this model: {predictor} ({digest}).", { predictor, digest })}`));
}

/** @param {HTMLElement} card @param {string} name @param {string} words */
function fill(card, name, words) {
  const place = one(`[data-why="${name}"]`, card);
  if (place) place.textContent = words;
}

/** @param {number} share */
const percent = (share) => Math.round(100 * share);

/**
 * @param {Estimated} guess @returns {SVGElement} the estimate's range, with its threshold as a line
 */
export function band(guess) {
  const [low, high] = [percent(guess.low), percent(guess.high)];
  const picture = draw("svg", { class: "band", viewBox: "0 0 100 12", preserveAspectRatio: "none", role: "img",
    "aria-label": t("Estimate: {low} to {high} percent, on a scale from 0 to 100", { low, high }) });
  picture.append(
    draw("rect", { class: "t", width: "100", y: "4", height: "4" }),
    draw("rect", { class: "b-sensed", x: String(low), width: String(Math.max(1, high - low)), y: "2", height: "8" }),
    draw("path", { class: "goal", d: `M${percent(guess.threshold)} 0V12` }),
  );
  return picture;
}

/** @param {Estimated} guess */
function scale(guess) {
  const line = percent(guess.threshold);
  return small(t("0 to 100%. The line at {line}% is where this rule starts counting seconds.", { line }));
}

/** @param {string} text */
function line(text) {
  const words = document.createElement("p");
  words.className = "small";
  words.textContent = text;
  return words;
}

/** @param {string} text */
function small(text) {
  const words = document.createElement("span");
  words.className = "tiny faint";
  words.textContent = text;
  return words;
}

/** @param {string} name @param {Record<string, string>} attributes @returns {SVGElement} */
function draw(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
