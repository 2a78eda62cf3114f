// Mentions after an @, and drafts that survive a reload.
import assert from "node:assert/strict";
import test from "node:test";
import { keepDraft, recallDraft } from "../../../static/js/lib/session/drafts.js";
import { asked, fitting, taken } from "../../../static/js/lib/mentions.js";

const store = (limit = Infinity) => {
  const kept = new Map();
  return {
    kept,
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, text) => {
      if (text.length > limit) throw new Error("full");
      kept.set(name, text);
    },
    removeItem: (name) => kept.delete(name),
  };
};

test("an @ lists names, an e-mail address does not", () => {
  assert.equal(asked("Hello @no", 9), "no");
  assert.equal(asked("@", 1), "");
  assert.equal(asked("mia@school.example", 18), undefined);
  assert.equal(asked("@mia\nand", 8), undefined);
  assert.equal(asked("Hello @no and more", 9), "no");
});

test("names match by their beginning, in any case, six at most", () => {
  assert.deepEqual(fitting(["Noah", "nora", "mia"], "NO"), ["Noah", "nora"]);
  assert.equal(fitting(Array.from({ length: 9 }, (_, n) => `n${n}`), "n").length, 6);
});

test("an inserted name replaces what was typed, with the caret after it", () => {
  assert.deepEqual(taken("Hi @no, you", 6, "noah"), ["Hi @noah , you", 9]);
});

test("a draft comes back until its form is empty", () => {
  const tab = store();
  keepDraft(tab, "a", { text: "Half" });
  assert.deepEqual(recallDraft(tab, "a"), { text: "Half" });
  assert.deepEqual(recallDraft(tab, "b"), {});
  keepDraft(tab, "a", { text: "  " });
  assert.equal(tab.kept.size, 0);
});

test("a store that is blocked, full or broken does not prevent writing", () => {
  keepDraft(undefined, "a", { text: "Half" });
  keepDraft(store(3), "a", { text: "Half" });
  const broken = store();
  broken.kept.set("attune.draft.a", "{");
  assert.deepEqual(recallDraft(broken, "a"), {});
});
