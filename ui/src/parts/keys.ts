// Keyboard rules in one place: while an input method composes, keys belong to it (229 is what older engines report instead).
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}

/** True while a dialog or menu is open: Esc closes that, and nothing else. */
export function somethingIsOpen(): boolean {
  return document.querySelector('dialog[open], [popover]:popover-open') !== null;
}
