// @ts-check
/**
 * Watches for an ended session, a sign-out and the submission of a plain form, and loads the module
 * for each when it happens.
 */
import { CHANNEL, FORM_COPY } from "../../lib/session/session.js";

/** @param {HTMLElement} template @param {AbortSignal} signal */
export function connect(template, signal) {
  /** @type {Promise<ReturnType<typeof import("../../lib/session/sign_in_again.js").dialogue>> | undefined} */
  let loading;
  const load = () => (loading ??= import("../../lib/session/sign_in_again.js").then(({ dialogue }) => dialogue(template, signal))
    .catch((why) => {
      // The connection may be back the next time.
      loading = undefined;
      throw why;
    }));
  document.addEventListener("attune:session-ended", (event) => {
    const { detail } = /** @type {CustomEvent} */ (event);
    detail.taken = true;
    load().then(({ ended }) => ended(detail.decide), () => detail.decide("later"));
  }, { signal });
  document.addEventListener("attune:another-person", () => {
    load().then(({ other }) => other(), () => location.reload());
  }, { signal });
  const copies = copiesOfForms(signal);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || event.defaultPrevented) return;
    if (!("signOut" in form.dataset)) return copies(form);
    event.preventDefault();
    import("../../lib/session/sign_out.js").then(({ signOut }) => signOut(form, event.submitter, signal), () => form.submit());
  }, { signal });
  if (typeof BroadcastChannel === "undefined") return;
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = ({ data }) => {
    load().then(({ otherTab }) => otherTab(data?.type ?? ""), () => {
      if (data?.type === "signed_out") location.replace("/accounts/login/");
    });
  };
  signal.addEventListener("abort", () => channel.close());
  // A channel also delivers this page's own messages: after signing out here, the page would follow
  // itself.
  document.addEventListener("attune:leaving", () => channel.close(), { signal });
}

/**
 * Load the module that copies forms once something is typed, and the one that fills them where a
 * copy exists.
 * @param {AbortSignal} signal
 * @returns {(form: HTMLFormElement) => void} copies a form that is being sent
 */
function copiesOfForms(signal) {
  /** @type {typeof import("../../lib/session/form_copy.js") | undefined} */
  let module;
  const load = () => import("../../lib/session/form_copy.js").then((loaded) => (module = loaded));
  // Without the module, a form comes back empty.
  document.addEventListener("input", () => void load().catch(() => {}), { once: true, signal });
  if (hasCopy()) load().then(({ restoreForm }) => restoreForm(), () => {});
  return (form) => module?.copyForm(form);
}

function hasCopy() {
  try {
    return sessionStorage.getItem(FORM_COPY) !== null;
  } catch {
    return false;
  }
}
