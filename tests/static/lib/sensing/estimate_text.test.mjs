// The latest estimate in words: hedged, with its range, in the language of the page.
import assert from "node:assert/strict";
import { test } from "node:test";

import { speak } from "../../../../static/js/lib/i18n.js";

const LIKELY = "Latest estimate: a pattern that often goes with {label}, {low}–{high}% likely. This can be wrong.";
const GERMAN = {
  plural: "de",
  words: {
    confusion: "Verwirrung",
    [LIKELY]: "Letzte Schätzung: ein Muster, das oft mit {label} einhergeht, zu {low}–{high} % wahrscheinlich. Das kann falsch sein.",
    "Model: {predictor}.": "Modell: {predictor}.",
  },
};
const LABELS = [["BOREDOM", 0.1, 0.2], ["CONFUSION", 0.38, 0.62]];

/** Texts are translated as the module loads, so each language loads its own copy. */
async function wordsIn(catalogue, name) {
  speak(catalogue);
  const { guessWords } = await import(`../../../../static/js/lib/sensing/estimate_text.js?${name}`);
  return guessWords;
}

test("the most likely label is shown with its range, never as a fact", async () => {
  const guessWords = await wordsIn({ plural: "en", words: {} }, "en");
  const said = guessWords({ abstain: false, labels: LABELS, made_by: "prior" });
  assert.equal(said, "Latest estimate: a pattern that often goes with confusion, 38–62% likely. This can be wrong. Model: prior.");
});

test("an abstention is uncertain, and so is an estimate without a label", async () => {
  const guessWords = await wordsIn({ plural: "en", words: {} }, "en");
  assert.equal(guessWords({ abstain: true, labels: LABELS }), "Latest estimate: not sure.");
  assert.equal(guessWords({ abstain: false, labels: [] }), "Latest estimate: not sure.");
});

test("in German the label is a German noun", async () => {
  const guessWords = await wordsIn(GERMAN, "de");
  const said = guessWords({ abstain: false, labels: LABELS, made_by: "Prior" });
  assert.equal(said, "Letzte Schätzung: ein Muster, das oft mit Verwirrung einhergeht, zu 38–62 % wahrscheinlich. Das kann falsch sein. Modell: Prior.");
  speak(undefined);
});
