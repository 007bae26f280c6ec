"use client";

import dynamic from "next/dynamic";
import { useVolunteerState } from "../volunteer/volunteer-provider.tsx";

const LiveWork = dynamic(() => import("../volunteer/live-work.tsx").then((module) => module.LiveWork), { ssr: false });

/** What this browser computes; fetched once there is something to show. */
export function LiveWorkLater() {
  const state = useVolunteerState();
  const isQuiet = state === null || (state.phase === "off" && state.fates.length === 0);
  return isQuiet ? null : <LiveWork />;
}
