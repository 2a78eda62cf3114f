// @ts-check
/**
 * Replaces the content of this page by that of another page of the same kind.
 *
 * What belongs to the site (the header with the sensing indicator, the dialogues) stays, so that
 * sensors, the socket and what is open in them go on. A page that does not fit is opened as usual.
 */
import { all, one } from "./dom.js";
import { countPage } from "./swap.js";

const STYLES = 'link[rel="stylesheet"]';
const LONGEST_STYLES_MS = 3000;

/**
 * Return what must be the same in both pages: the person, the language, the version of the scripts,
 * and a preview's frame.
 * @param {Document} page
 */
function shellOf(page) {
  const { lang, dir, dataset } = page.documentElement;
  const texts = ['script[type="importmap"]', "#page-words", ".previewbar p", ".bar > nav"].map((part) =>
    page.querySelector(part)?.textContent?.trim() ?? "");
  return JSON.stringify([lang, dir, dataset.person, ...texts]);
}

/**
 * Return whether a page can replace this one: it has the same frame and names the same controller.
 * @param {Document} page @param {string} controller
 */
export function fits(page, controller) {
  const main = page.getElementById("main");
  const names = main?.getAttribute("data-controller")?.split(/\s+/) ?? [];
  return names.includes(controller) && shellOf(page) === shellOf(document);
}

/** Put the content of `page` into this one; its style sheets are there. @param {Document} page */
export function putPage(page) {
  const [main, fresh] = [document.getElementById("main"), page.getElementById("main")];
  if (!main || !fresh) return;
  countPage();
  for (const { name } of [...main.attributes]) if (!fresh.hasAttribute(name)) main.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (main.getAttribute(name) !== value) main.setAttribute(name, value);
  // A copy, because a film in a parsed page has given up loading.
  main.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
  document.title = page.title;
  const [old, nav] = [document, page].map((each) => each.querySelector(".subnav"));
  if (nav && old) old.replaceWith(document.importNode(nav, true));
}

/** Load the style sheets that only the new page has, before anything is shown. @param {Document} page */
export async function addStyles(page) {
  const known = new Set(all(STYLES).map((link) => link.getAttribute("href")));
  const lacking = all(STYLES, page).filter((link) => !known.has(link.getAttribute("href")));
  await Promise.all(lacking.map((link) => new Promise((loaded) => {
    const copy = document.importNode(link, true);
    for (const name of ["load", "error"]) copy.addEventListener(name, loaded, { once: true });
    setTimeout(loaded, LONGEST_STYLES_MS);
    document.head.append(copy);
  })));
}

/** Return the place that a reader goes to on a new page: the question, or the heading. */
export function headingOf() {
  const heading = one("#ask") ?? one("#main h1") ?? one("#main");
  if (heading && heading.tabIndex < 0) heading.tabIndex = -1;
  return heading;
}
