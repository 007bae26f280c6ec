/** As the `ref` of a button that takes the place of one that is gone: the focus goes on here, unless it went elsewhere meanwhile. */
export function takeFocus(button: HTMLElement | null): void {
  if (button !== null && document.activeElement === document.body) button.focus({ preventScroll: true });
}
