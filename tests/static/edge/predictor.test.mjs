import assert from "node:assert/strict";
import { test } from "node:test";

import { Guesser } from "../../../static/js/edge/predictor.js";

/** A fake Predictor: records its inputs and answers by the number of Streams in them. */
function asking(strange = []) {
  const asked = [];
  const ask = async (windows) => {
    asked.push(windows.map((seen) => Object.keys(seen).sort()));
    return {
      proba: windows.map((seen) => [Object.keys(seen).length / 10, 1 - Object.keys(seen).length / 10]),
      used: windows.map((seen) => Object.fromEntries(Object.keys(seen).map((name) => [name, !strange.includes(name)]))),
    };
  };
  return { guesser: new Guesser(ask), asked };
}

const pointer = (t0, path = 1) => ({ t0, rateHz: 1, rows: [[path, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]] });
const activity = (t0) => ({ t0, rateHz: 1, rows: [[1, 1, 0, 0]] });

test("the whole Window is evaluated, then each Stream left out in turn", async () => {
  const { guesser, asked } = asking();
  for (let t = 0; t < 10; t += 1) {
    guesser.take("pointer", 3, pointer(t));
    guesser.take("activity", 5, activity(t));
  }
  const guess = await guesser.guess(1);
  assert.deepEqual(asked, [[["activity", "pointer"], ["pointer"], ["activity"]]]);
  assert.deepEqual(guess.streams, { activity: 5, pointer: 3 });
  assert.deepEqual(guess.probabilities.map(([p]) => p), [0.2, 0.1, 0.1]);
  assert.deepEqual([guess.cut, guess.quality, guess.unfamiliar], [1, 1, []]);
});

test("a single Stream is evaluated once, and no data gives no estimate", async () => {
  const { guesser, asked } = asking();
  assert.equal(await guesser.guess(1), null);
  guesser.take("pointer", 1, pointer(4));
  const guess = await guesser.guess(1);
  assert.deepEqual(asked, [[["pointer"]]]);
  assert.equal(guess.quality, 0.1);
  assert.equal(await guesser.guess(20), null);
});

test("Streams that the Predictor did not use are reported", async () => {
  const { guesser } = asking(["activity"]);
  guesser.take("pointer", 1, pointer(4));
  guesser.take("activity", 1, activity(4));
  assert.deepEqual((await guesser.guess(1)).unfamiliar, ["activity"]);
});

test("a Stream without features here is not stored", async () => {
  const { guesser } = asking();
  guesser.take("gaze", 1, { t0: 4, rateHz: 10, rows: [[0, 0, 0, 0, 0, 0, 0, 1]] });
  assert.equal(await guesser.guess(1), null);
});

test("withdrawn data is deleted, and so is data of an earlier consent", async () => {
  const { guesser } = asking();
  guesser.take("pointer", 1, pointer(4));
  guesser.forget("pointer");
  assert.equal(await guesser.guess(1), null);
  guesser.take("pointer", 1, pointer(2));
  guesser.take("pointer", 3, pointer(8));
  const guess = await guesser.guess(1);
  assert.deepEqual([guess.streams, guess.quality], [{ pointer: 3 }, 0.1]);
});

test("the first minute gives the usual values, which apply from then on", async () => {
  const seen = [];
  const guesser = new Guesser(async (windows) => {
    seen.push(windows[0].pointer);
    return { proba: windows.map(() => [1]), used: windows.map(() => ({ pointer: true })) };
  });
  for (let t = 0; t < 56; t += 1) guesser.take("pointer", 1, pointer(t));
  await guesser.guess(10);
  for (let t = 56; t < 80; t += 1) guesser.take("pointer", 1, pointer(t, t < 60 ? 1 : 3));
  await guesser.guess(14);
  const [early, late] = seen;
  assert.equal(early.mask[9][13], false);
  assert.equal(late.values[9][13].toFixed(4), (Math.log1p(3) - Math.log1p(1)).toFixed(4));
  assert.ok(late.mask[9][13]);
});

test("rows are stored no longer than a Window needs them", () => {
  const { guesser } = asking();
  for (let t = 0; t < 600; t += 1) guesser.take("pointer", 1, pointer(t));
  assert.ok(guesser.held.get("pointer").chunks.length <= 31);
});
