// @ts-check
/**
 * Goes from question to question and from unit to unit without loading a new page, so that sensors
 * and the socket go on (ADR 0079).
 *
 * `attune:moved` reports each move; `attune:visit` asks for one. What it needs for a move is loaded
 * at the first one.
 */
import { toast } from "../../lib/dom.js";
import { trouble } from "../../lib/send.js";
import { requestOf } from "../../lib/swap.js";

const UNIT = new RegExp("^/units/[0-9a-f-]{36}/$");
const DONE = new RegExp("^/units/[0-9a-f-]{36}/done/$");

/** @typedef {import("../../lib/lesson_pages.js").LessonPages} LessonPages */

/** @param {string} url without its fragment */
const bare = (url) => url.split("#")[0];

/** @param {URL} url */
const isUnit = ({ origin, pathname }) => origin === location.origin && UNIT.test(pathname);

/** @param {HTMLElement} main @param {AbortSignal} signal */
export function connect(main, signal) {
  const at = { shown: location.href, entry: history.state?.attune ?? 0 };
  /** @type {Promise<LessonPages> | undefined} */
  let pages;
  const load = () => (pages ??= import("../../lib/lesson_pages.js").then(({ LessonPages }) => new LessonPages(main, isUnit, at)));
  /** @param {(pages: LessonPages) => unknown} act @param {() => void} otherwise */
  const move = (act, otherwise) => void load().then(act, () => {
    pages = undefined;
    // What is on this page can be used offline; a new page could not.
    if (navigator.onLine) otherwise();
    else toast(trouble({ kind: "offline", status: 0 }));
  });
  const go = (/** @type {string} */ url) => move((each) => each.go(url), () => location.assign(url));
  document.addEventListener("click", (event) => press(event, go), { signal });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    // The next page would take the place of the answer: as in a browser, the latest action counts.
    if (form instanceof HTMLElement && form.dataset.swap && main.contains(form)) void pages?.then((each) => each.stay());
    if (event.defaultPrevented || !(form instanceof HTMLFormElement) || !isDone(form)) return;
    event.preventDefault();
    const [url, request] = requestOf(form, event.submitter);
    move((each) => each.send(url, request, () => form.submit()), () => form.submit());
  }, { signal });
  document.addEventListener("attune:visit", (event) => {
    const url = new URL(/** @type {CustomEvent} */ (event).detail.url, location.href);
    if (!isUnit(url)) return;
    event.preventDefault();
    go(url.href);
  }, { signal });
  document.addEventListener("attune:swapped", () => { at.shown = location.href; }, { signal });
  addEventListener("popstate", () => move((each) => each.back(), () => location.reload()), { signal });
}

/** @param {MouseEvent} event @param {(url: string) => void} go */
function press(event, go) {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || event.defaultPrevented || event.button || isModified(event) || isSpecial(link)) return;
  const url = new URL(link.href);
  if (!isUnit(url) || (url.hash && bare(url.href) === bare(location.href))) return;
  event.preventDefault();
  go(url.href);
}

/** "Mark as read" leads to the next unit. @param {HTMLFormElement} form */
const isDone = (form) => form.method === "post" && DONE.test(new URL(form.action).pathname);

/** @param {MouseEvent} event */
const isModified = ({ altKey, ctrlKey, metaKey, shiftKey }) => altKey || ctrlKey || metaKey || shiftKey;

/** @param {HTMLAnchorElement} link */
const isSpecial = (link) => !link.href || Boolean(link.target) || link.hasAttribute("download");
