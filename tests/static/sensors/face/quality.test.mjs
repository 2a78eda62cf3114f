import assert from "node:assert/strict";
import { test } from "node:test";

import { judge, look, PATCH, Pace } from "../../../../static/js/sensors/face/quality.js";

const patch = (grey) => Uint8ClampedArray.from({ length: 4 * PATCH * PATCH }, (_, at) =>
  (at % 4 === 3 ? 255 : grey((at >> 2) % PATCH, (at >> 2) / PATCH | 0)));
const stripes = (light) => patch((x) => light * (x % 8 < 4 ? 0.8 : 1.2));
const seen = (over = {}) => ({ look: look(stripes(120)), facePx: 150, pose: { yaw: 0, pitch: 0, roll: 0 }, fps: 10, ...over });

test("a sharp, well lit, near face that looks here has full quality", () => {
  assert.deepEqual(judge(seen()), { quality: 1, word: "on" });
});

for (const [word, over] of Object.entries({
  dark: { look: look(stripes(20)) },
  blurred: { look: look(patch((x) => 60 + x)) },
  far: { facePx: 45 },
  turned: { pose: { yaw: -0.8, pitch: 0, roll: 0 } },
  slow: { fps: 2.5 },
})) {
  test(`the worst defect is named: ${word}`, () => {
    const { quality, word: said } = judge(seen(over));
    assert.equal(said, word);
    assert.ok(quality < 0.6);
  });
}

test("clipped light counts as bad light", () => {
  assert.equal(judge(seen({ look: look(patch((x) => (x % 8 < 4 ? 200 : 255))) })).word, "dark");
});

test("frames a second are counted over the last two", () => {
  const pace = new Pace();
  let fps = 0;
  for (let ms = 0; ms <= 4000; ms += 200) fps = pace.beat(ms);
  assert.ok(Math.abs(fps - 5) < 0.01);
});
