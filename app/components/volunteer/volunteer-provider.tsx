"use client";

import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from "react";
import type { Volunteer, VolunteerState } from "../../../worker/page/volunteer-state.ts";

const VolunteerContext = createContext<Volunteer | null>(null);
const nothing = () => () => undefined;

/**
 * Makes the volunteer client once per page load and keeps it while one moves between pages. Its code is fetched after
 * the page is drawn; nothing of it computes, downloads kernels or opens a GPU before Start.
 */
export function VolunteerProvider({ children }: { children: ReactNode }) {
  const [volunteer, setVolunteer] = useState<Volunteer | null>(null);
  useEffect(() => {
    let made: Volunteer | null = null;
    let gone = false;
    void import("../../../worker/page/volunteer.ts").then(({ createVolunteer }) => {
      if (gone) return;
      made = createVolunteer();
      made.resume();
      setVolunteer(made);
    });
    return () => {
      gone = true;
      made?.dispose();
    };
  }, []);
  return <VolunteerContext value={volunteer}>{children}</VolunteerContext>;
}

/** The client, or null until its code has arrived. */
export function useVolunteer(): Volunteer | null {
  return useContext(VolunteerContext);
}

/** Its state, redrawn on every change; null until the code has arrived. */
export function useVolunteerState(): VolunteerState | null {
  const volunteer = useVolunteer();
  return useSyncExternalStore(
    volunteer ? volunteer.subscribe : nothing,
    () => volunteer?.getState() ?? null,
    () => null,
  );
}
