// @ts-check
/** The two steps of the camera set-up in its dialogues: the face at rest, and nine dots for the eyes. */
import { all, one } from "../dom.js";
import { drop, keep, known } from "./camera_setup.js";
import { t } from "../i18n.js";

const DOTS = 9;
const LONGEST_S = 20;
const CM_A_PIXEL = 2.54 / 96;
const CLOSED = t("The camera is not on. Switch it on, then come back.");
const TRY = t("Sit closer, with light from the front, and try again.");
const UNSEEN = `${t("Your face was not clearly visible. Nothing was saved.")} ${TRY}`;
const UNTOLD = `${t("Your gaze could not be measured from these dots. Nothing was saved.")} ${TRY}`;

/** @typedef {NonNullable<ReturnType<typeof import("../../sensors/face/camera.js").assist>>} Assisted */

export class Setup {
  /** @param {HTMLElement} place @param {AbortSignal} signal */
  constructor(place, signal) {
    const part = (/** @type {string} */ name) => /** @type {any} */ (one(`[data-${name}]`, place));
    /** @type {HTMLDialogElement} */
    this.panel = part("setup");
    /** @type {HTMLDialogElement} */
    this.board = part("dots");
    /** @type {HTMLProgressElement} */
    this.time = part("setup-time");
    /** @type {Record<"rest" | "gaze" | "dots", HTMLElement>} the status text of each step */
    this.told = { rest: part("setup-rest"), gaze: part("setup-gaze"), dots: part("dots-say") };
    /** @type {HTMLElement} */
    this.begin = part("setup-learn");
    /** @type {HTMLElement} */
    this.eyes = part("setup-eyes");
    /** @type {HTMLElement} */
    this.dot = part("dot");
    /** @type {HTMLElement} */
    this.forgetter = part("setup-forget");
    /** @type {Assisted | null} */
    this.assisted = null;
    /** @type {import("../../sensors/face/gaze_calibration_samples.js").Looks | null} */
    this.looks = null;
    this.backend = "";
    this.signal = signal;
    for (const [name, act] of Object.entries({ learn: this.learn, dots: this.dots, forget: this.forget })) {
      part(`setup-${name}`)?.addEventListener("click", act, { signal });
    }
    this.dot.addEventListener("click", this.take, { signal });
    for (const dialog of all("dialog", place)) dialog.addEventListener("close", this.leave, { signal });
    signal.addEventListener("abort", this.end, { once: true });
  }

  open() {
    this.#show();
    this.panel.showModal();
  }

  /** The dots are shown only where gaze may be sensed. @param {Record<string, unknown>} streams */
  runs(streams) {
    this.eyes.hidden = !("gaze" in streams);
    if (!("face" in streams) && !("gaze" in streams)) this.panel.close();
  }

  /** Describe what is stored. */
  #show() {
    const { neutral, gaze } = known();
    this.told.rest.textContent = neutral ? t("Your relaxed face is saved in this tab.") : "";
    this.told.gaze.textContent = gaze ? t("Your gaze can be measured to about {words}.", { words: gaze.words }) : "";
    this.forgetter.hidden = !neutral && !gaze;
  }

  /** Ten seconds of a face at rest. */
  learn = async () => {
    let learned = false;
    const assisted = await this.#assist({
      saw: () => {},
      rested: (resting, backend) => {
        learned = true;
        keep("neutral", { ...resting, backend });
      },
    });
    if (!assisted) return void (this.told.rest.textContent = CLOSED);
    assisted.learn();
    this.told.rest.textContent = t("Look at the screen.");
    for (let second = 0; second < LONGEST_S && !learned && this.assisted === assisted; second += 1) {
      this.#tick(second);
      await new Promise((passed) => setTimeout(passed, 1000));
    }
    if (this.assisted !== assisted) return;
    this.#done();
    if (!learned) this.told.rest.textContent = UNSEEN;
  };

  /** @param {number} second */
  #tick(second) {
    this.time.hidden = false;
    this.time.value = Math.min(second, this.time.max);
    this.begin.setAttribute("aria-disabled", "true");
  }

  /** Nine dots to look at and press. */
  dots = async () => {
    const { Looks } = await import("../../sensors/face/gaze_calibration_samples.js");
    const looks = new Looks();
    const assisted = await this.#assist({
      saw: (seen) => {
        looks.saw(seen);
        this.backend = seen.backend;
      },
      rested: () => {},
    });
    if (!assisted) return void (this.told.gaze.textContent = CLOSED);
    this.looks = looks;
    this.board.showModal();
    this.#ask(1);
  };

  /** @param {number} at */
  #ask(at) {
    this.dot.dataset.at = String(at);
    this.told.dots.textContent = t("Dot {at} of {all}. Look at it and select it.", { at, all: DOTS });
  }

  /** A dot was pressed: the eyes are there. */
  take = async () => {
    const pressed = performance.now();
    const { onScreen } = await import("../../sensors/face/gaze_calibration_samples.js");
    const at = Number(this.dot.dataset.at);
    const place = onScreen(this.dot.getBoundingClientRect(), window);
    if (!this.looks?.take(place, pressed)) {
      const again = { at, all: DOTS };
      this.told.dots.textContent = t("Your eyes were not seen. Look at dot {at} of {all} and select it again.", again);
    } else if (at < DOTS) this.#ask(at + 1);
    else await this.#fit(this.looks);
  };

  /** @param {import("../../sensors/face/gaze_calibration_samples.js").Looks} looks */
  async #fit(looks) {
    const { rightTo } = await import("../../sensors/face/gaze_fit.js");
    if (this.looks !== looks) return;
    const { width, height } = window.screen;
    const fit = looks.fit();
    if (fit) {
      const words = rightTo(fit, { width: width * CM_A_PIXEL, height: height * CM_A_PIXEL });
      keep("gaze", { ...fit, words, backend: this.backend });
    }
    this.#done();
    this.board.close();
    if (!fit) this.told.gaze.textContent = UNTOLD;
  }

  forget = async () => {
    drop("neutral", "gaze");
    await this.#assist({ saw: () => {}, rested: () => {} });
    this.#done();
  };

  /** A new or deleted result takes effect at once. */
  #done() {
    this.assisted?.know();
    this.leave();
    this.#show();
  }

  leave = () => {
    this.assisted?.leave();
    this.assisted = null;
    this.looks = null;
    this.time.hidden = true;
    this.begin.removeAttribute("aria-disabled");
  };

  /** The page went on: nothing is recorded any more. */
  end = () => {
    this.leave();
    this.board.close();
    this.panel.close();
  };

  /** @param {import("../../sensors/face/camera.js").Helper} helper */
  async #assist(helper) {
    if (this.assisted) return null;
    const { assist } = await import("../../sensors/face/camera.js");
    // Closed while this was loaded, or another step was faster.
    if (this.assisted || this.signal.aborted || !this.panel.open) return null;
    this.assisted = assist(helper);
    return this.assisted;
  }
}
