// @ts-check
/** A long list of links as one Tab stop: arrows move between them, Home and End go to the ends. */

/**
 * Return the place that a key leads to from another one, or undefined.
 * @param {string} key @param {number} at @param {number} count
 */
export function place(key, at, count) {
  /** @type {Record<string, number>} */
  const places = {
    ArrowDown: Math.min(count - 1, at + 1), ArrowUp: Math.max(0, at - 1), Home: 0, End: count - 1,
  };
  return count ? places[key] : undefined;
}

/**
 * @param {HTMLElement} list @param {() => HTMLElement[]} items @param {AbortSignal} signal
 * @returns {(item: HTMLElement | undefined) => void} makes one item the Tab stop, unless the list
 *   has the focus
 */
export function walk(list, items, signal) {
  const stop = (/** @type {HTMLElement | undefined} */ item) => {
    items().forEach((each) => { each.tabIndex = each === item ? 0 : -1; });
  };
  list.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const found = items();
    const here = found.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = place(event.key, here < 0 ? found.findIndex((each) => each.tabIndex === 0) : here, found.length);
    if (to === undefined) return;
    event.preventDefault();
    stop(found[to]);
    found[to].focus();
  }, { signal });
  return (item) => { if (!list.contains(document.activeElement)) stop(item); };
}
