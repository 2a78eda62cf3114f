// A video is chosen, but the library that uploads it does not load.
import assert from "node:assert/strict";
import { register } from "node:module";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { markup, open } from "../../dom.mjs";

const FORM = /<form class="fields" id="video".*?<\/form>/s.exec(markup("authoring/_files.html"))[0];
const BROKEN_LINE = `export async function load(url, context, next) {
  if (url.endsWith("/vendor/tus.min.js")) throw new TypeError("Failed to fetch");
  return next(url, context);
}`;
register(`data:text/javascript,${encodeURIComponent(BROKEN_LINE)}`);
const { connect } = await import("../../../../static/js/controllers/authoring/film_upload_controller.js");

test("a library that does not load is a lost connection, and the next press tries again", async () => {
  globalThis.addEventListener = () => undefined;
  open(FORM);
  const form = document.getElementById("video");
  document.querySelector("#film").files = [new File(["film"], "clip.mp4")];
  connect(form, new AbortController().signal);
  const said = () => document.querySelectorAll("[data-problem]").map((note) => note.textContent);

  for (let press = 0; press < 2; press += 1) {
    form.dispatchEvent(new Event("submit", { cancelable: true }));
    assert.deepEqual(said(), []);
    await wait(50);
    assert.deepEqual(said(), ["You are offline. Try again when you are back online."]);
  }
});
