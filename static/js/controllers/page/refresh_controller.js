// @ts-check
/**
 * A part that a worker is about to update: requested again after a while, a few times, until it no
 * longer says that it waits.
 *
 * Long work sets the interval (`data-every`, in seconds) and the address of its part (`data-from`),
 * and is requested as long as the page is open. Without JavaScript the next page shows it.
 */
import { announce, one } from "../../lib/dom.js";
import { swap } from "../../lib/swap.js";

const WAITS_MS = [1000, 2000, 4000, 8000];
/** The parts being refreshed, by id: a replaced part continues the same refresh. */
const looking = new Set();

/** @param {HTMLElement} part @param {AbortSignal} signal */
export async function connect(part, signal) {
  const { id } = part;
  if (!waits(id)) return;
  if (part.dataset.every) await lookOn(part, signal);
  else if (!looking.has(id)) await lookAFewTimes(id);
}

/** @param {string} id */
async function lookAFewTimes(id) {
  looking.add(id);
  for (const ms of WAITS_MS) {
    await pause(ms);
    if (!waits(id)) break;
    await look(id, location.href);
  }
  looking.delete(id);
}

/**
 * The new part continues refreshing by itself.
 * @param {HTMLElement} part @param {AbortSignal} signal
 */
async function lookOn(part, signal) {
  while (!signal.aborted) {
    await pause(1000 * Number(part.dataset.every));
    if (!signal.aborted && !document.hidden) await look(part.id, part.dataset.from ?? "", signal);
  }
}

/**
 * A failed request leaves the part as it is; the next one may succeed.
 * @param {string} id @param {string} url @param {AbortSignal} [signal]
 */
async function look(id, url, signal) {
  const part = document.getElementById(id);
  const focused = part?.contains(document.activeElement) ? document.activeElement : null;
  await swap(url, { method: "GET", signal, quiet: true, repeat: false }, [id]);
  if (focused && !focused.isConnected) (sameAs(focused) ?? said(id))?.focus();
  if (!waits(id)) announce(said(id)?.textContent?.trim().replace(/\s+/g, " ") ?? "");
}

/** @param {number} ms */
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** @param {string} id */
const waits = (id) => document.getElementById(id)?.dataset.waits === "true";

/** Return the element in the place of the focused one. @param {Element} old */
const sameAs = (old) => (old.id ? document.getElementById(old.id) : null);

/** Return the message of the part, if it has one. @param {string} id */
const said = (id) => one("[data-say]", document.getElementById(id) ?? document.createElement("div"));
