import assert from "node:assert/strict";
import { test } from "node:test";

import { foundBy } from "../../../../../static/js/sensors/face/backends/face_mesh.js";
import { faceOf, pointsOf } from "../../../../../static/js/sensors/face/features.js";
import { gazeRow, Rest } from "../../../../../static/js/sensors/face/gaze.js";
import { head, HEIGHT, mesh, WIDTH } from "../synthetic.mjs";

/** Return landmarks as MediaPipe gives them: objects, with the irises in the other order. */
function landmarks(points) {
  const turned = [...points.slice(0, 468), ...points.slice(473), ...points.slice(468, 473)];
  return mesh(turned).map(([x, y, z]) => ({ x, y, z }));
}

test("the box is around the landmarks", () => {
  const { mesh: points, box } = foundBy(landmarks(head()));
  const xs = points.map(([x]) => x);
  assert.equal(points.length, 478);
  assert.equal(box[0], Math.min(...xs));
  assert.ok(Math.abs(box[0] + box[2] - Math.max(...xs)) < 1e-12);
});

test("both eyes follow a glance alike, though irises are numbered in the other order", () => {
  const found = foundBy(landmarks(head({ look: [0.06, 0] })));
  const face = faceOf(pointsOf(found.mesh, WIDTH, HEIGHT), WIDTH, HEIGHT);
  const [x, , , x2] = gazeRow(face, 0, 1, new Rest());
  assert.ok(x > 0.2 && x2 > 0.2, `${x} ${x2}`);
});
