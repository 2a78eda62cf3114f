// Lets a click on the picture of a question mark a place; the list of names works without it.
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
  connect() {
    const root = this.element.closest("article, section, form") ?? document;
    this.picture = root.querySelector("img");
    this.mark = this.mark.bind(this);
    this.picture?.addEventListener("click", this.mark);
  }

  disconnect() {
    this.picture?.removeEventListener("click", this.mark);
  }

  /** @param {MouseEvent} event */
  mark(event) {
    const box = this.picture.getBoundingClientRect();
    const percent = (at, size) => Math.min(100, Math.max(0, (at / size) * 100)).toFixed(2);
    const place = this.element.querySelector("[data-place]");
    const field = place.querySelector("input");
    const x = percent(event.clientX - box.left, box.width);
    field.value = `${x},${percent(event.clientY - box.top, box.height)}`;
    field.disabled = false;
    field.checked = true;
    place.hidden = false;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
