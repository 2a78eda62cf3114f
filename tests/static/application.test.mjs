// The names in `data-controller` are modules in a folder of controllers, and never an address.
import assert from "node:assert/strict";
import { test } from "node:test";
import { namesOf } from "../../static/js/application.js";

const named = (value) => namesOf({ getAttribute: () => value });

test("each name is a folder and a module in it", () => {
  assert.deepEqual(named("quiz/quiz  page/inline_form\n"), ["quiz/quiz", "page/inline_form"]);
  assert.deepEqual(named(null), []);
});

test("an address is no name", () => {
  const addresses = [
    "quiz", "/quiz", "quiz/", "a/b/c", "../lib/dom", "quiz/../dom", "./quiz", "//evil/x", "https://evil/x",
    "data:text/javascript,x", "quiz/Quiz", "quiz/quiz.js", "quiz/quiz?x", "quiz/%2e%2e", "quiz\\quiz", "_a/b", "a/_b",
  ];
  assert.deepEqual(named(addresses.join(" ")), []);
});
