// @ts-check
/**
 * Switches sensing off from any page: one request without confirmation, which also deletes the
 * set-up results.
 */
import { drop } from "./camera_setup.js";
import { toast } from "../dom.js";
import { send, trouble } from "../send.js";
import { t } from "../i18n.js";

export const WITHDRAW = "/consents/withdraw/";
const RECEIPT = "/consents/?saved=1#receipts";

/**
 * Withdraw these switches, or all of them, and report the result. False: nothing was switched off.
 * @param {string[]} [switches] as named on the consent page, e.g. "camera.adapt"
 * @returns {Promise<boolean>}
 */
export async function withdraw(switches = []) {
  const body = new FormData();
  switches.forEach((name) => body.append("off", name));
  const outcome = await send(WITHDRAW, { body, expects: "json", repeat: true });
  if (outcome.kind !== "done") {
    toast(t("Not switched off yet. {why}", { why: trouble(outcome) }));
    return false;
  }
  if (!switches.length || switches.some((name) => name.startsWith("camera."))) drop("neutral", "gaze");
  const { since } = outcome.data;
  const time = new Date(since).toLocaleTimeString();
  toast(t("Deleted at {time}. The receipt is on your Consent page.", { time }), {
    label: t("Show"), act: () => location.assign(RECEIPT),
  });
  return true;
}
