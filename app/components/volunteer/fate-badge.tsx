import { CircleCheck, CircleDashed, CircleX, Clock, Undo2, Upload } from "lucide-react";
import { useTranslations } from "next-intl";
import type { FateView } from "../../../worker/page/volunteer-state.ts";
import { Badge, type BadgeTone } from "../ui/badge.tsx";

const LOOKS: Record<FateView["fate"], { tone: BadgeTone; Icon: typeof Clock }> = {
  being_checked: { tone: "wait", Icon: CircleDashed },
  confirmed: { tone: "good", Icon: CircleCheck },
  not_confirmed: { tone: "bad", Icon: CircleX },
  not_needed: { tone: "neutral", Icon: Undo2 },
  failed: { tone: "bad", Icon: CircleX },
  returned: { tone: "neutral", Icon: Undo2 },
  too_late: { tone: "neutral", Icon: Clock },
  waiting_to_send: { tone: "wait", Icon: Upload },
};

/** What became of one result, in plain words. */
export function FateBadge({ fate }: { fate: FateView["fate"] }) {
  const t = useTranslations("volunteer.fate");
  const { tone, Icon } = LOOKS[fate];
  return (
    <Badge tone={tone} title={t(`${fate}.hint`)}>
      <Icon aria-hidden="true" />
      {t(`${fate}.name`)}
    </Badge>
  );
}
