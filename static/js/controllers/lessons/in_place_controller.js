// @ts-check
/**
 * Goes from question to question and from unit to unit without loading a new page, so that sensors
 * and the socket go on (ADR 0079).
 *
 * `attune:moved` reports each move; `attune:visit` asks for one. Anything unexpected, such as a
 * sign-in page or another version of the site, is opened as usual.
 */
import { announce } from "../../lib/dom.js";
import { fits, headingOf, putPage } from "../../lib/page_swap.js";
import { send } from "../../lib/send.js";
import { requestOf } from "../../lib/swap.js";

const NAME = "lessons/in_place";
const UNIT = new RegExp("^/units/[0-9a-f-]{36}/$");
const DONE = new RegExp("^/units/[0-9a-f-]{36}/done/$");

/** @param {string} url without its fragment */
const bare = (url) => url.split("#")[0];

/** @param {URL} url */
const isUnit = ({ origin, pathname }) => origin === location.origin && UNIT.test(pathname);

/** @param {HTMLElement} main @param {AbortSignal} signal */
export function connect(main, signal) {
  const pages = new Pages(main);
  document.addEventListener("click", (event) => pages.press(event), { signal });
  document.addEventListener("submit", (event) => pages.submit(event), { signal });
  document.addEventListener("attune:visit", (event) => {
    const url = new URL(/** @type {CustomEvent} */ (event).detail.url, location.href);
    if (!isUnit(url)) return;
    event.preventDefault();
    void pages.go(url.href);
  }, { signal });
  addEventListener("popstate", () => pages.back(), { signal });
}

class Pages {
  /** @param {HTMLElement} main */
  constructor(main) {
    this.main = main;
    /** The address of the content that is shown now. */
    this.shown = location.href;
    /** The entry of the history that is shown now. */
    this.entry = history.state?.attune ?? 0;
    /** Where each entry was scrolled to. @type {Map<number, [number, number]>} */
    this.scrolls = new Map();
    /** @type {AbortController | undefined} */
    this.loading = undefined;
  }

  /** @param {MouseEvent} event */
  press(event) {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || event.defaultPrevented || event.button || isModified(event) || isSpecial(link)) return;
    const url = new URL(link.href);
    if (!isUnit(url) || (url.hash && bare(url.href) === bare(location.href))) return;
    event.preventDefault();
    void this.go(url.href, link.dataset.test);
  }

  /** "Mark as read" leads to the next unit. @param {SubmitEvent} event */
  submit(event) {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || event.defaultPrevented) return;
    if (form.method !== "post" || !DONE.test(new URL(form.action).pathname)) return;
    event.preventDefault();
    const [url, request] = requestOf(form, event.submitter);
    void this.#load(url, request, { push: true, otherwise: (to) => (to ? location.assign(to) : form.submit()) });
  }

  /**
   * Open a unit's page here.
   * @param {string} url @param {string} [test] the kind of test that it leads to
   */
  go(url, test) {
    // As on leaving the page: in a test nothing is sensed that its own page does not begin.
    if (test) document.dispatchEvent(new CustomEvent("attune:unit-left"));
    return this.#load(url, {}, { push: true, otherwise: () => location.assign(url) });
  }

  /** Show the entry of the history that the browser went to. */
  back() {
    if (bare(location.href) === bare(this.shown)) {
      this.shown = location.href;
      return;
    }
    const entry = history.state?.attune ?? 0;
    void this.#load(location.href, {}, { entry, otherwise: () => location.reload() });
  }

  /**
   * @param {string} url @param {import("../../lib/send.js").Wish} wish
   * @param {{push?: boolean, entry?: number, otherwise: (to?: string) => void}} how
   */
  async #load(url, wish, { push = false, entry = 0, otherwise }) {
    this.loading?.abort();
    const loading = (this.loading = new AbortController());
    this.main.setAttribute("aria-busy", "true");
    const outcome = await send(url, { ...wish, expects: "page", signal: loading.signal });
    if (this.loading !== loading) return;
    const { kind, page } = outcome;
    const to = new URL(outcome.url || url, location.href);
    to.hash ||= new URL(url, location.href).hash;
    if (kind !== "done" || !page || !isUnit(to) || !fits(page, NAME)) {
      this.main.removeAttribute("aria-busy");
      return otherwise(kind === "done" ? to.href : undefined);
    }
    this.scrolls.set(this.entry, [scrollX, scrollY]);
    await putPage(page);
    if (this.loading !== loading) return;
    this.main.removeAttribute("aria-busy");
    this.#remember(to.href, push, entry);
    document.dispatchEvent(new CustomEvent("attune:moved", { detail: { page } }));
    this.#arrive(push ? undefined : this.scrolls.get(entry), to.hash);
  }

  /** @param {string} url @param {boolean} push @param {number} entry */
  #remember(url, push, entry) {
    const isSame = url === this.shown;
    this.shown = url;
    this.entry = push && !isSame ? this.entry + 1 : push ? this.entry : entry;
    const state = { ...history.state, attune: this.entry };
    if (push && !isSame) history.pushState(state, "", url);
    else history.replaceState(state, "", url);
  }

  /**
   * Scroll as the browser would, and begin to read at the heading.
   * @param {[number, number] | undefined} scroll @param {string} hash
   */
  #arrive(scroll, hash) {
    const aim = hash ? document.getElementById(decodeURIComponent(hash.slice(1))) : null;
    (aim && aim.tabIndex >= 0 ? aim : headingOf())?.focus({ preventScroll: true });
    if (scroll) scrollTo(...scroll);
    else if (aim) aim.scrollIntoView();
    else scrollTo(0, 0);
    announce(document.title.split(" · ")[0]);
  }
}

/** @param {MouseEvent} event */
const isModified = ({ altKey, ctrlKey, metaKey, shiftKey }) => altKey || ctrlKey || metaKey || shiftKey;

/** @param {HTMLAnchorElement} link */
const isSpecial = (link) => !link.href || Boolean(link.target) || link.hasAttribute("download");
