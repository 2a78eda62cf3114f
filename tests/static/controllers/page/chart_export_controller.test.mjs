// A chart's PNG is drawn from its SVG file, at twice its size, and saved under its name.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { open } from "../../dom.mjs";

const page =
  '<main><span id="row"><a href="/p/?figure=auc&amp;as=svg">SVG</a>' +
  '<button id="png" hidden data-file="auc.png">PNG</button></span></main>';

const { connect } = await import("../../../../static/js/controllers/page/chart_export_controller.js");
let saved;
let drawn;
let loads;

globalThis.Image = class {
  naturalWidth = 400;
  naturalHeight = 300;
  async decode() {
    drawn.source = this.src;
    if (!loads) throw new Error("offline");
  }
};
URL.createObjectURL = () => "blob:auc";
URL.revokeObjectURL = () => {};

beforeEach(() => {
  [saved, drawn, loads] = [[], {}, true];
  open(page);
  row().querySelector("a").href = "http://x/p/?figure=auc&as=svg";
  document.createElement = (tag) =>
    tag === "a"
      ? { click() { saved.push([this.href, this.download]); } }
      : {
          getContext: () => ({ drawImage: (image, x, y, width, height) => Object.assign(drawn, { width, height }) }),
          toBlob: (done) => done(new Blob(["png"])),
        };
});

const row = () => document.getElementById("row");
const button = () => document.getElementById("png");

async function press() {
  connect(row(), new AbortController().signal);
  button().rise(new Event("click"));
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

test("without the script there is no button, with it there is", () => {
  assert.equal(button().hidden, true);
  connect(row(), new AbortController().signal);
  assert.equal(button().hidden, false);
});

test("a press saves the drawing of the SVG file at twice its size", async () => {
  await press();

  assert.equal(drawn.source, "http://x/p/?figure=auc&as=svg");
  assert.deepEqual([drawn.width, drawn.height], [800, 600]);
  assert.deepEqual(saved, [["blob:auc", "auc.png"]]);
  assert.equal(document.activeElement, button());
});

test("a drawing that cannot be loaded is said, and the button can be pressed again", async () => {
  loads = false;
  let said;
  document.addEventListener("attune:toast", (event) => { said = event.detail.text; });
  await press();

  assert.match(said, /could not be saved/);
  assert.deepEqual(saved, []);
  assert.equal(button().disabled, false);
});
