// @ts-check
/**
 * How the pointer moves, as one row of features a second in viewport units.
 *
 * Coordinates and what is under the pointer never leave this module.
 */

export const stream = "pointer";
export const rateHz = 1;
export const channels = Object.freeze([
  "path", "net", "straightness", "speed_mean", "speed_max", "turns", "curvature", "idle_s",
  "clicks", "rage_clicks", "hesitation_s", "scroll", "scroll_turns",
]);

const LEAST_STEP_PX = 4;
const STILL_AFTER_MS = 100;
/** The limits of channels: a tremor in place turns without end, and a rest can last all day. */
const MOST = { curvature: 100, hesitationS: 60 };
const RAGE = { clicks: 3, ms: 1000, px: 24 };
const PRIVATE = "[data-no-telemetry]";

/**
 * @typedef {{x: number, y: number, ms: number}} Point
 * @typedef {Point & {stillMs: number}} Click
 * @typedef {{points: Point[], clicks: Click[], scrolls: number[], fromMs: number, toMs: number,
 *   width: number, height: number}} Second
 */

/**
 * Return one row for the events of a second.
 * @param {Second} second
 * @returns {(number | null)[]}
 */
export function features({ points, clicks, scrolls, fromMs, toMs, width, height }) {
  const diagonal = Math.hypot(width, height) || 1;
  const steps = stepsOf(points);
  const path = sum(steps.map((step) => step.length)) / diagonal;
  const net = points.length > 1 ? distance(points[0], points[points.length - 1]) / diagonal : 0;
  const speeds = steps.filter((step) => step.ms > 0).map((step) => (step.length / diagonal / step.ms) * 1000);
  const seconds = (toMs - fromMs) / 1000 || 1;
  return [
    path,
    net,
    path > 0 ? Math.min(1, net / path) : null,
    path / seconds,
    Math.max(0, ...speeds),
    flips(steps.map((step) => step.dx)) + flips(steps.map((step) => step.dy)),
    curvature(points, path),
    Math.min(1, stillMs(points, fromMs, toMs) / 1000),
    clicks.length,
    rageClicks(clicks),
    clicks.length ? Math.min(MOST.hesitationS, sum(clicks.map((click) => click.stillMs)) / clicks.length / 1000) : null,
    sum(scrolls) / (height || 1),
    flips(scrolls),
  ];
}

/** @param {Point[]} points */
function stepsOf(points) {
  return points.slice(1).map((point, index) => {
    const before = points[index];
    const dx = point.x - before.x;
    const dy = point.y - before.y;
    return { dx, dy, length: Math.hypot(dx, dy), ms: point.ms - before.ms };
  });
}

/** Count how often a series changes its sign. @param {number[]} values */
export function flips(values) {
  const signs = values.filter((value) => value !== 0).map(Math.sign);
  return signs.slice(1).filter((sign, index) => sign !== signs[index]).length;
}

/**
 * Return turning per distance, over steps that are long enough to have a direction.
 * @param {Point[]} points @param {number} path
 */
function curvature(points, path) {
  const far = points.slice(0, 1);
  for (const point of points) {
    if (distance(far[far.length - 1], point) >= LEAST_STEP_PX) far.push(point);
  }
  if (far.length < 3 || path <= 0) return null;
  const headings = stepsOf(far).map(({ dx, dy }) => Math.atan2(dy, dx));
  const turned = headings.slice(1).map((heading, index) => {
    const by = Math.abs(heading - headings[index]);
    return Math.min(by, 2 * Math.PI - by);
  });
  return Math.min(MOST.curvature, sum(turned) / path);
}

/**
 * Return the time without movement; shorter rests belong to the movement.
 * @param {Point[]} points @param {number} fromMs @param {number} toMs
 */
function stillMs(points, fromMs, toMs) {
  const times = [fromMs, ...points.map((point) => point.ms).filter((ms) => ms > fromMs), toMs];
  const rests = times.slice(1).map((ms, index) => ms - times[index]);
  return sum(rests.filter((rest) => rest > STILL_AFTER_MS));
}

/** Count the clicks that belong to three in a second at one place. @param {Click[]} clicks */
function rageClicks(clicks) {
  const near = (/** @type {Click} */ a) => clicks.filter(
    (b) => Math.abs(b.ms - a.ms) <= RAGE.ms && distance(a, b) <= RAGE.px,
  );
  return clicks.filter((click) => near(click).length >= RAGE.clicks).length;
}

/** @param {{x: number, y: number}} a @param {{x: number, y: number}} b */
const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);

/** @param {number[]} values */
const sum = (values) => values.reduce((total, value) => total + value, 0);

/** @param {Event} event */
const isPrivate = (event) => event.target instanceof Element && event.target.closest(PRIVATE) !== null;

/**
 * Return whether a hand pressed: a key on a button, and a label that presses its field, click as
 * well.
 * @param {{detail: number, timeStamp: number}} event @param {Click} [before]
 */
export const isPressed = ({ detail, timeStamp }, before) =>
  detail > 0 && Math.round(timeStamp) !== before?.ms;

/** @param {import("../telemetry/sensor_manager.js").OnRows} onRows @returns {() => void} */
export function start(onRows) {
  const listening = new AbortController();
  const options = { signal: listening.signal, passive: true, capture: true };
  /** @type {Point[]} */
  let points = [];
  /** @type {Click[]} */
  let clicks = [];
  /** @type {number[]} */
  let scrolls = [];
  let fromMs = performance.now();
  let movedMs = fromMs;
  let scrolledTo = window.scrollY;

  document.addEventListener("pointermove", (event) => {
    if (isPrivate(event)) return;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const each of all.length ? all : [event]) points.push(pointOf(each));
    movedMs = Math.round(event.timeStamp);
  }, options);
  document.addEventListener("click", (event) => {
    if (isPrivate(event) || !isPressed(event, clicks.at(-1))) return;
    const click = pointOf(event);
    clicks.push({ ...click, stillMs: Math.max(0, click.ms - movedMs) });
  }, options);
  window.addEventListener("scroll", () => {
    scrolls.push(window.scrollY - scrolledTo);
    scrolledTo = window.scrollY;
  }, options);

  const timer = setInterval(() => {
    const toMs = performance.now();
    const second = { points, clicks, scrolls, fromMs, toMs, width: innerWidth, height: innerHeight };
    [points, clicks, scrolls, fromMs] = [points.slice(-1), [], [], toMs];
    onRows([features(second)], { quality: 1 });
  }, 1000 / rateHz);
  return () => {
    clearInterval(timer);
    listening.abort();
  };
}

/**
 * Whole milliseconds: finer times could distinguish computers.
 * @param {MouseEvent} event @returns {Point}
 */
const pointOf = (event) => ({ x: event.clientX, y: event.clientY, ms: Math.round(event.timeStamp) });
