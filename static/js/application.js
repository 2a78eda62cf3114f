// @ts-check
/**
 * Attaches behaviour to markup.
 *
 * `data-controller="lessons/player lessons/offer"` loads
 * `controllers/lessons/player_controller.js` through the page's import map, which has the hashed
 * names, and calls its `connect(element, signal)` once. The signal aborts when the element leaves
 * the page, so a controller that passes it to its listeners needs no clean-up.
 */

/** A folder and a module in it; never an address. */
const NAME = /^[a-z][a-z_]*\/[a-z][a-z_]*$/;
/** @type {WeakMap<Element, Map<string, AbortController>>} */
const attached = new WeakMap();

/** @param {Element} element @returns {string[]} */
export function namesOf(element) {
  const value = element.getAttribute("data-controller") ?? "";
  return value.split(/\s+/).filter((name) => NAME.test(name));
}

/** Each controller starts in its own task, so that the page can respond to input in between. */
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

/** Stop the controllers that an element no longer names, and start the new ones. @param {Element} element */
function update(element) {
  const names = namesOf(element);
  attached.get(element)?.forEach((stop, name, held) => {
    if (names.includes(name)) return;
    stop.abort();
    held.delete(name);
  });
  if (element.isConnected) names.forEach((name) => attach(element, name));
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
  // `data-ready` says that all controllers are attached; tests wait for it.
  Promise.allSettled(attachAll(page.documentElement)).then(() => {
    page.documentElement.dataset.ready = "true";
  });
  const watcher = new MutationObserver((changes) => {
    for (const change of changes) {
      change.removedNodes.forEach((node) => {
        if (!node.isConnected) controlled(node).forEach(detach);
      });
      change.addedNodes.forEach(attachAll);
      if (change.type === "attributes") update(/** @type {Element} */ (change.target));
    }
  });
  watcher.observe(page.documentElement, { childList: true, subtree: true, attributeFilter: ["data-controller"] });
}

if (typeof document !== "undefined") start(document);
