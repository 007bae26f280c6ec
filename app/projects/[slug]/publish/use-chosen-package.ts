"use client";

import { useRef, useState } from "react";
import type { PackageFault } from "../../../../server/core/wire/package-fault.ts";
import type { ReadPackage } from "../../../../worker/compute/package/read-package.ts";
import { type DroppedFile, openDropped } from "../../../../worker/page/open-package.ts";

export type Chosen =
  | { state: "none" }
  | { state: "reading" }
  | { state: "unreadable"; why: string }
  | { state: "faulty"; faults: readonly PackageFault[] }
  /** `zip`: the file itself, where a zip was chosen. `turn` differs each time that something is chosen. */
  | { state: "sound"; kernel: ReadPackage; zip: File | null; turn: number };

/** What was dropped or chosen last, read and checked in this browser. */
export function useChosenPackage(): {
  chosen: Chosen;
  choose: (files: DroppedFile[] | Promise<DroppedFile[]>) => void;
} {
  const [chosen, setChosen] = useState<Chosen>({ state: "none" });
  const turns = useRef(0);
  const choose = async (wanted: DroppedFile[] | Promise<DroppedFile[]>) => {
    const turn = ++turns.current;
    setChosen({ state: "reading" });
    const found = await read(wanted, turn);
    // Somebody who has chosen something else meanwhile does not want to see this any more.
    if (turn === turns.current) setChosen(found);
  };
  return { chosen, choose: (files) => void choose(files) };
}

async function read(wanted: DroppedFile[] | Promise<DroppedFile[]>, turn: number): Promise<Chosen> {
  try {
    const files = await wanted;
    if (files.length === 0) return { state: "none" };
    const reading = await openDropped(files);
    if (!reading.ok) return { state: "faulty", faults: reading.faults };
    const only = files.length === 1 ? files[0] : undefined;
    return { state: "sound", kernel: reading.package, zip: only?.file ?? null, turn };
  } catch (error) {
    return { state: "unreadable", why: error instanceof Error ? error.message : String(error) };
  }
}
