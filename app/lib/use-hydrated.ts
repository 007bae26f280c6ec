import { useSyncExternalStore } from "react";

const nothing = () => undefined;
/** It never changes again. */
const never = () => nothing;

/** Whether this page's script runs by now. Before that a button that needs it must not look as if it could be pressed. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
