/** The files of a workunit: a table of (pointer, length) pairs, file 0 the input. */

import { Text } from "./text";

/**
 * The ABI's `alloc`; a kernel re-exports it: `export { alloc } from "../lib/files"`. 16-byte aligned. Nothing is freed, but a
 * block that was the last one allocated is taken back by `release`.
 */
export function alloc(bytes: u32): usize {
  return heap.alloc(<usize>bytes);
}

/**
 * Gives back a block the host allocated for `load`, when it is the newest one: a control instance that loads a checkpoint
 * every minute would otherwise grow to its maximum.
 */
export function release(pointer: usize): void {
  heap.free(pointer);
}

// @ts-ignore: decorator
@inline
export function filePointer(table: usize, index: u32): usize {
  return <usize>load<u32>(table + <usize>(index * 8));
}

// @ts-ignore: decorator
@inline
export function fileLength(table: usize, index: u32): u32 {
  return load<u32>(table + <usize>(index * 8), 4);
}

export function fileText(table: usize, index: u32): Text {
  return new Text(filePointer(table, index), fileLength(table, index));
}
