// @ts-check
/** The list of wearable sensors: buttons to connect one, and the status of each connected one. */
import { announce, one } from "../dom.js";
import { CHOICES, OFFERS, condition, help } from "./wearable_status.js";

/**
 * Show a button for each way, or why this browser does not have it.
 * @param {HTMLElement} part @param {import("./wearable_status.js").Way[]} ways
 */
export function offer(part, ways) {
  if (part.dataset.ways === ways.join()) return;
  part.dataset.ways = ways.join();
  one("[data-worn-ways]", part)?.replaceChildren(...ways.map((way) => (way in navigator ? button(part, way) : none(way))));
}

/**
 * Browsers allow choosing a sensor only after a press.
 * @param {HTMLElement} part @param {import("./wearable_status.js").Way} way
 */
function button(part, way) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: "btn", textContent: OFFERS[way].offer });
  made.addEventListener("click", async () => {
    const { choose } = await import("../../sensors/wearables.js");
    say(part, CHOICES[await choose(way)] ?? "");
  });
  return made;
}

/** @param {import("./wearable_status.js").Way} way */
function none(way) {
  const words = document.createElement("p");
  Object.assign(words, { className: "small quiet", textContent: OFFERS[way].none });
  return words;
}

/** @param {HTMLElement} part @param {string} words */
function say(part, words) {
  const place = one("[data-worn-said]", part);
  if (!place) return;
  place.textContent = words;
  place.hidden = !words;
}

/**
 * Redraw only when the content has changed.
 * @param {HTMLElement} part @param {import("./wearable_status.js").Worn[]} worn
 */
export function list(part, worn) {
  const told = worn.map((each) => [each.name, condition(each), help(each)]);
  if (part.dataset.told === told.join()) return;
  part.dataset.told = told.join();
  one("[data-worn]", part)?.replaceChildren(...told.map(row));
  announce(told.map(([name, how, wrong]) => `${name}: ${how} ${wrong}`).join(" "));
}

/** @param {string[]} words name, status, advice */
function row([name, how, wrong]) {
  const item = document.createElement("li");
  const line = document.createElement("span");
  const words = document.createElement("p");
  Object.assign(line, { className: "u", textContent: name });
  Object.assign(words, { className: "small quiet", textContent: `${how} ${wrong}`.trim() });
  item.append(line, words);
  return item;
}
