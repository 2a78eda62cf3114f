// @ts-check
/** Sections that fold to their heading, one by one or all. This browser remembers which are folded. */
import { all, one, recall, remember } from "../../lib/dom.js";
import { t } from "../../lib/i18n.js";

const NAME = "folded";
/** The oldest are forgotten, because sections of deleted courses stay in the list. */
const MOST = 300;

/** @param {HTMLElement} outline @param {AbortSignal} signal */
export function connect(outline, signal) {
  const sections = all(".sect", outline);
  const whole = one("[data-fold-all]");
  const describe = () => {
    if (!whole) return;
    whole.hidden = sections.length < 2;
    whole.textContent = sections.every(isFolded) ? t("Expand all") : t("Collapse all");
  };
  const target = location.hash ? document.getElementById(location.hash.slice(1)) : null;
  for (const section of sections) {
    const here = section.contains(target) || one("[aria-invalid]", section) || one("details[open]", section);
    fold(section, !here && folded().includes(section.dataset.row ?? ""));
    one("[data-fold]", section)?.addEventListener("click", () => {
      fold(section, !isFolded(section));
      describe();
    }, { signal });
  }
  whole?.addEventListener("click", () => {
    const close = !sections.every(isFolded);
    sections.forEach((section) => fold(section, close));
    describe();
  }, { signal });
  describe();
}

/** @param {Element} section */
const isFolded = (section) => section.classList.contains("folded");

/** @returns {string[]} */
const folded = () => recall(NAME, "").split(" ").filter(Boolean);

/** Fold a section or unfold it. @param {HTMLElement} section @param {boolean} close */
export function fold(section, close) {
  section.classList.toggle("folded", close);
  one("[data-fold]", section)?.setAttribute("aria-expanded", String(!close));
  remember(NAME, withRow(folded(), section.dataset.row ?? "", close).join(" "));
}

/** @param {string[]} rows @param {string} row @param {boolean} included */
export const withRow = (rows, row, included) =>
  [...rows.filter((each) => each !== row), ...(included ? [row] : [])].slice(-MOST);
