// @ts-check
/**
 * Attaches behaviour to markup. `data-controller="player offer"` loads
 * `controllers/player_controller.js` (by the page's import map, which knows the hashed names) and
 * calls its `connect(element, signal)` once; the signal aborts when the element leaves the page, so a controller that gives it to its
 * listeners has nothing to clean up.
 */

const NAME = /^[a-z][a-z_]*$/;
/** @type {WeakMap<Element, Map<string, AbortController>>} */
const attached = new WeakMap();

/** @param {Element} element @returns {string[]} */
export function namesOf(element) {
  const value = element.getAttribute("data-controller") ?? "";
  return value.split(/\s+/).filter((name) => NAME.test(name));
}

/** Each begins in a task of its own: between two the page answers a touch. */
const turn = () => new Promise((go) => setTimeout(go));

/** @param {Element} element @param {string} name */
async function attach(element, name) {
  const held = attached.get(element) ?? new Map();
  if (held.has(name)) return;
  const stop = new AbortController();
  attached.set(element, held.set(name, stop));
  await turn();
  const { connect } = await import(`attune/controllers/${name}_controller.js`);
  if (!stop.signal.aborted) connect(element, stop.signal);
}

/** @param {Element} element */
function detach(element) {
  attached.get(element)?.forEach((stop) => stop.abort());
  attached.delete(element);
}

/** @param {Node} node @returns {Element[]} */
function controlled(node) {
  if (!(node instanceof Element)) return [];
  const inside = [...node.querySelectorAll("[data-controller]")];
  return node.hasAttribute("data-controller") ? [node, ...inside] : inside;
}

/** @param {Node} node @returns {Promise<void>[]} */
const attachAll = (node) =>
  controlled(node).flatMap((element) => namesOf(element).map((name) => attach(element, name)));

/** @param {Document} page */
export function start(page) {
  // `data-ready` says that what came with the page is alive; tests wait for it.
  Promise.allSettled(attachAll(page.documentElement)).then(() => {
    page.documentElement.dataset.ready = "true";
  });
  const watcher = new MutationObserver((changes) => {
    for (const change of changes) {
      change.removedNodes.forEach((node) => {
        if (!node.isConnected) controlled(node).forEach(detach);
      });
      change.addedNodes.forEach(attachAll);
    }
  });
  watcher.observe(page.documentElement, { childList: true, subtree: true });
}

if (typeof document !== "undefined") start(document);
