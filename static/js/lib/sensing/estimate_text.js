// @ts-check
/**
 * The latest estimate in words, for the indicator's panel: the most likely label with its range.
 */
import { t } from "../i18n.js";

/** @typedef {{abstain: boolean, labels: [string, number, number][], made_by?: string}} Estimate */

/** Inside a sentence. @type {Record<string, string>} */
const LABELS = {
  INTEREST: t("interest"), BOREDOM: t("boredom"), HAPPINESS: t("happiness"), CONFUSION: t("confusion"),
  FRUSTRATION: t("frustration"), DISTRACTION: t("distraction"),
};

/** @param {Estimate} estimate */
export function guessWords({ abstain, labels, made_by }) {
  const top = [...labels].sort((a, b) => b[1] + b[2] - a[1] - a[2])[0];
  const words = abstain || !top ? t("Latest estimate: not sure.") : likely(top);
  return made_by ? `${words} ${t("Model: {predictor}.", { predictor: made_by })}` : words;
}

/** @param {[string, number, number]} top */
function likely([label, low, high]) {
  return t("Latest estimate: a pattern that often goes with {label}, {low}–{high}% likely. This can be wrong.", {
    label: LABELS[label] ?? label.toLowerCase(), low: Math.round(100 * low), high: Math.round(100 * high),
  });
}
