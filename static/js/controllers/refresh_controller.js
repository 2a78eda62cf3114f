// @ts-check
/**
 * A part that a worker is about to bring up to date: asked for again after a while, a few times,
 * until it no longer says that it waits. Without JavaScript the next page shows it.
 */
import { announce, one } from "../lib/page.js";
import { swap } from "../lib/swap.js";

const WAITS_MS = [1000, 2000, 4000, 8000];
/** Parts being looked after, by id: a part that was swapped in belongs to the same look. */
const looking = new Set();

/** @param {HTMLElement} part */
export async function connect(part) {
  const { id } = part;
  const waits = () => document.getElementById(id)?.dataset.waits === "true";
  if (!waits() || looking.has(id)) return;
  looking.add(id);
  for (const ms of WAITS_MS) {
    await new Promise((done) => setTimeout(done, ms));
    if (!waits()) break;
    // A failed look leaves what stands there; the next one may succeed.
    const focused = document.getElementById(id)?.contains(document.activeElement);
    await swap(location.href, { method: "GET" }, [id]).catch(() => undefined);
    if (focused) said(id)?.focus();
    if (!waits()) announce(said(id)?.textContent?.trim() ?? "");
  }
  looking.delete(id);
}

/** What the part says of itself, where it says anything. @param {string} id */
const said = (id) => one("[data-say]", document.getElementById(id) ?? document.createElement("div"));
