// Elements and screen-reader announcements. Text from the API is inserted as text, never as markup.

export const byId = (id) => document.getElementById(id);

/** An element with attributes and children; strings become text. */
export function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for an SVG element. */
export function draw(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Announces a text to screen readers. */
export function announce(text) {
  byId("announcer").textContent = text;
}

/** Whether the focus is inside `element`, or nowhere. */
export function hasFocus(element) {
  const focused = document.activeElement;
  return !focused || focused === document.body || element.contains(focused);
}

/** Runs `work`, and ignores the button until it ends. The button keeps the focus. */
export async function busy(button, work) {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  try {
    await work();
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

let withdrawable = true;

/**
 * Asks in a dialog; resolves to whether `yes` was chosen. Escape says no. A `lasting` question is not about
 * the contest, and cannot be withdrawn.
 */
export function confirm({ title, text, yes, no = "Keep going", lasting = false }) {
  const dialog = byId("confirm");
  withdrawable = !lasting;
  byId("confirm-title").textContent = title;
  byId("confirm-text").textContent = text;
  byId("confirm-yes").textContent = yes;
  byId("confirm-no").textContent = no;
  dialog.returnValue = "";
  byId("confirm-no").onclick = () => dialog.close();
  byId("confirm-yes").onclick = () => dialog.close("yes");
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue === "yes");
    dialog.showModal();
  });
}

/** Closes the dialog as if answered with no, because its question no longer applies. */
export function withdrawConfirm() {
  if (withdrawable) byId("confirm").close();
}
