import { type RefCallback, useLayoutEffect, useRef } from "react";
import { takeFocus } from "./take-focus.ts";

type Id = string | number;

export type RowFocus<Row extends Id> = {
  /** The `ref` of the list's heading, which has `tabIndex={-1}`. */
  readonly heading: RefCallback<HTMLElement>;
  /** The `ref` of the button that removes a row. */
  readonly button: (row: Row) => RefCallback<HTMLElement>;
  /** Called when a row is to be removed. */
  readonly leaving: (row: Row) => void;
};

/**
 * Where the keyboard goes on when a row of a list is gone, and with it the button that removed it: at the button of the next row,
 * of the one before, or at the heading where no row is left. Whoever went elsewhere meanwhile stays there, and rows that go by
 * themselves take nobody along. For the component that shows the list, with all its rows in order.
 */
export function useRowFocus<Row extends Id>(rows: readonly Row[]): RowFocus<Row> {
  const heading = useRef<HTMLElement | null>(null);
  const buttons = useRef(new Map<Row, HTMLElement>());
  const leaving = useRef<Row | null>(null);
  const before = useRef(rows);
  /** The rows that may follow the one that is gone, the best first; null: none is. */
  const followers = useRef<readonly Row[] | null>(null);
  useLayoutEffect(() => {
    const row = leaving.current;
    if (row !== null && before.current.includes(row) && !rows.includes(row)) {
      const at = before.current.indexOf(row);
      followers.current = [...before.current.slice(at + 1), ...before.current.slice(0, at).reverse()];
      leaving.current = null;
    }
    before.current = rows;
    if (followers.current === null) return;
    const next = followers.current.find((each) => buttons.current.has(each));
    const place = next === undefined ? heading.current : (buttons.current.get(next) ?? null);
    // While the last answer is awaited no button can be pressed, nor focused: it is looked at again when that is over.
    if (place instanceof HTMLButtonElement && place.disabled) return;
    followers.current = null;
    takeFocus(place);
  });
  return {
    heading: (element) => {
      heading.current = element;
    },
    button: (row) => (element) => {
      if (element === null) buttons.current.delete(row);
      else buttons.current.set(row, element);
    },
    leaving: (row) => {
      leaving.current = row;
    },
  };
}
