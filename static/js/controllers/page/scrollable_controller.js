// @ts-check
/** Lines that are too wide for the screen (MathML does not wrap) can be scrolled by keyboard. */
import { all } from "../../lib/dom.js";

const LINES = ".prose > :has(math), .prose > table, .ask, .hint-text, .fb > span, .opt > span";

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function connect(root, signal) {
  const look = () => all(LINES, root).forEach((line) => {
    const wide = line.scrollWidth > line.clientWidth && getComputedStyle(line).overflowX === "auto";
    if (wide) line.tabIndex = 0;
    else if (line.getAttribute("tabindex") === "0") line.removeAttribute("tabindex");
  });
  const watcher = new ResizeObserver(look);
  watcher.observe(root);
  signal.addEventListener("abort", () => watcher.disconnect());
}
