// @ts-check
/**
 * The pages that a lesson goes through in place: loads each, shows it, and keeps the history.
 *
 * Loaded at the first move of a page. Anything unexpected, such as a sign-in page or another version
 * of the site, is opened as usual.
 */
import { announce, toast } from "./dom.js";
import { addStyles, fits, headingOf, putPage } from "./page_swap.js";
import { send, trouble } from "./send.js";

const NAME = "lessons/in_place";

/** @param {string} url without its fragment */
const bare = (url) => url.split("#")[0];

export class LessonPages {
  /**
   * @param {HTMLElement} main @param {(url: URL) => boolean} isUnit
   * @param {{shown: string, entry: number}} at the address of the content that is shown, and its
   *   entry of the history; shared with the controller, which follows changes of the address
   */
  constructor(main, isUnit, at) {
    this.main = main;
    this.isUnit = isUnit;
    this.at = at;
    /** Where each entry was scrolled to. @type {Map<number, [number, number]>} */
    this.scrolls = new Map();
    /** @type {AbortController | undefined} */
    this.loading = undefined;
    /** Whether it is loaded by sending a form, which the server may have taken already. */
    this.sends = false;
    // The browser would scroll the old content before the new one is there. A reload is its own.
    history.scrollRestoration = "manual";
    addEventListener("pagehide", () => { history.scrollRestoration = "auto"; });
    addEventListener("pageshow", () => { history.scrollRestoration = "manual"; });
  }

  /** Open a unit's page here. @param {string} url */
  go(url) {
    return this.#load(url, {}, { push: true, otherwise: () => location.assign(url) });
  }

  /**
   * Send a form that leads to the next unit.
   * @param {string} url @param {{method: string, body?: FormData}} request @param {() => void} plainly
   */
  send(url, request, plainly) {
    return this.#load(url, request, { push: true, otherwise: (to) => (to ? location.assign(to) : plainly()) });
  }

  /** Load no page any more, unless its address is the browser's already or a form leads to it. */
  stay() {
    if (!this.sends && bare(location.href) === bare(this.at.shown)) this.#stop();
  }

  /** Show the entry of the history that the browser went to. */
  back() {
    if (bare(location.href) === bare(this.at.shown)) {
      this.at.shown = location.href;
      // Back here, before another page was loaded.
      this.#stop();
      return;
    }
    const entry = history.state?.attune ?? 0;
    void this.#load(location.href, {}, { entry, otherwise: () => location.reload() });
  }

  #stop() {
    this.loading?.abort();
    this.loading = undefined;
    this.main.removeAttribute("aria-busy");
  }

  /**
   * @param {string} url @param {import("./send.js").Wish} wish
   * @param {{push?: boolean, entry?: number, otherwise: (to?: string) => void}} how
   */
  async #load(url, wish, { push = false, entry = 0, otherwise }) {
    this.loading?.abort();
    const loading = (this.loading = new AbortController());
    this.sends = wish.method === "POST";
    this.main.setAttribute("aria-busy", "true");
    const outcome = await send(url, { ...wish, expects: "page", signal: loading.signal });
    if (this.loading !== loading) return;
    const { kind, page } = outcome;
    const to = new URL(outcome.url || url, location.href);
    to.hash ||= new URL(url, location.href).hash;
    if (kind !== "done" || !page || !this.isUnit(to) || !fits(page, NAME)) {
      this.main.removeAttribute("aria-busy");
      // What is on this page can be used offline; a new page could not.
      if (kind === "offline" && push) return toast(trouble(outcome));
      return otherwise(kind === "done" ? to.href : undefined);
    }
    await addStyles(page);
    if (this.loading !== loading) return;
    this.scrolls.set(this.at.entry, [scrollX, scrollY]);
    // The controllers that this page no longer names end before the move is reported.
    await putPage(page);
    this.main.removeAttribute("aria-busy");
    this.#remember(to.href, push, entry);
    document.dispatchEvent(new CustomEvent("attune:moved", { detail: { page } }));
    this.#arrive(push ? undefined : this.scrolls.get(entry), to.hash);
  }

  /** @param {string} url @param {boolean} push @param {number} entry */
  #remember(url, push, entry) {
    const { at } = this;
    const isSame = url === at.shown;
    at.shown = url;
    at.entry = push && !isSame ? at.entry + 1 : push ? at.entry : entry;
    const state = { ...history.state, attune: at.entry };
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
