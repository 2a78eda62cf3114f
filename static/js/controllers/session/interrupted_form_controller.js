// @ts-check
/** Marks the copy of a form on a page that says that nothing was sent. */
import { markInterrupted } from "../../lib/session/form_copy.js";

export const connect = () => markInterrupted();
