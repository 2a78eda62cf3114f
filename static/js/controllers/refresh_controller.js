// @ts-check
/**
 * A part that a worker is about to bring up to date: asked for again after a while, a few times,
 * until it no longer says that it waits. Work that takes long says how often to look
 * (`data-every`, in seconds) and where its part is to be had alone (`data-from`); it is looked for
 * as long as the page stands. Without JavaScript the next page shows it.
 */
import { announce, one } from "../lib/dom.js";
import { swap } from "../lib/swap.js";

const WAITS_MS = [1000, 2000, 4000, 8000];
/** Parts being looked after, by id: a part that was swapped in belongs to the same look. */
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

/** The part that comes looks on by itself. @param {HTMLElement} part @param {AbortSignal} signal */
async function lookOn(part, signal) {
  while (!signal.aborted) {
    await pause(1000 * Number(part.dataset.every));
    if (!signal.aborted && !document.hidden) await look(part.id, part.dataset.from ?? "", signal);
  }
}

/** A failed look leaves what stands there; the next one may succeed. @param {string} id @param {string} url @param {AbortSignal} [signal] */
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

/** What stands where the focus was. @param {Element} old */
const sameAs = (old) => (old.id ? document.getElementById(old.id) : null);

/** What the part says of itself, where it says anything. @param {string} id */
const said = (id) => one("[data-say]", document.getElementById(id) ?? document.createElement("div"));
