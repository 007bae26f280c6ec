"use client";

import { useTranslations } from "next-intl";
import type { PassedOver } from "../../../worker/page/compute-here.ts";
import { Why } from "../why.tsx";
import { DeviceError } from "./failure-text.tsx";

/** Why it was not the graphics card that computed. */
export function PassedOverText({ passedOver }: { passedOver: PassedOver }) {
  const t = useTranslations("here.passedOver");
  return (
    <span className="block text-sm text-muted">
      {t.rich(passedOver.why, {
        reason: () =>
          passedOver.why === "wrong" ? (
            <Why key="why" why={passedOver.reason} />
          ) : (
            <DeviceError key="why" code={passedOver.code ?? null} said={passedOver.reason} />
          ),
      })}
    </span>
  );
}
