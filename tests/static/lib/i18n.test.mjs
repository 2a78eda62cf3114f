// The texts of scripts in the language of the page.
import assert from "node:assert/strict";
import test from "node:test";
import { num, speak, t, tn } from "../../../static/js/lib/i18n.js";

const GERMAN = {
  plural: "de",
  words: { "Paused": "Angehalten", "{n} of {total}": "{n} von {total}", "{n} question": ["{n} Frage", "{n} Fragen"] },
};

test("without a catalogue the texts are in English, with their values", () => {
  speak();
  assert.equal(t("Paused"), "Paused");
  assert.equal(t("{n} of {total}, {name}", { n: 1.5, total: 2000 }), "1.5 of 2000, {name}");
  assert.equal(tn("{n} question", "{n} questions", 1), "1 question");
  assert.equal(tn("{n} question", "{n} questions", 0), "0 questions");
});

test("with the page's catalogue they are in its language; an unknown one stays English", () => {
  speak(GERMAN);
  assert.equal(t("Paused"), "Angehalten");
  assert.equal(t("{n} of {total}", { n: 3, total: 4 }), "3 von 4");
  assert.equal(tn("{n} question", "{n} questions", 1), "1 Frage");
  assert.equal(tn("{n} question", "{n} questions", 2), "2 Fragen");
  assert.equal(tn("{n} hint", "{n} hints", 2), "2 hints");
  speak();
});

test("a language with more than two plural forms selects by its own rules", () => {
  speak({ plural: "pl", words: { "{n} file": ["{n} plik", "{n} pliki", "{n} plików"] } });
  assert.deepEqual([1, 3, 5].map((n) => tn("{n} file", "{n} files", n)), ["1 plik", "3 pliki", "5 plików"]);
  speak();
});

test("a number is formatted in the page's language", () => {
  globalThis.document = { documentElement: { lang: "de" }, getElementById: () => null };
  speak();
  assert.equal(num(0.5, 2), "0,50");
  assert.equal(t("{n} s", { n: 12000.5 }), "12000,5 s");
  delete globalThis.document;
  assert.equal(num(0.5, 2), "0.50");
});

test("the catalogue is read from the page on first use", () => {
  const held = { textContent: JSON.stringify(GERMAN) };
  globalThis.document = { documentElement: { lang: "de" }, getElementById: (id) => (id === "page-words" ? held : null) };
  speak();
  assert.equal(t("Paused"), "Angehalten");
  delete globalThis.document;
  speak();
});
