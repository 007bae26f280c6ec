import { CircleCheck, CircleDashed, CircleX, Clock, Undo2, Upload } from "lucide-react";
import { useTranslations } from "next-intl";
import type { FateView } from "../../../worker/page/volunteer-state.ts";
import { Badge, type BadgeTone } from "../ui/badge.tsx";

/** What a list of the server's knows besides: confirmed, and recalled later. */
type Shown = FateView["fate"] | "recalled";

const LOOKS: Record<Shown, { tone: BadgeTone; Icon: typeof Clock }> = {
  being_checked: { tone: "wait", Icon: CircleDashed },
  confirmed: { tone: "good", Icon: CircleCheck },
  recalled: { tone: "bad", Icon: CircleX },
  not_confirmed: { tone: "bad", Icon: CircleX },
  not_needed: { tone: "neutral", Icon: Undo2 },
  failed: { tone: "bad", Icon: CircleX },
  returned: { tone: "neutral", Icon: Undo2 },
  too_late: { tone: "neutral", Icon: Clock },
  waiting_to_send: { tone: "wait", Icon: Upload },
};

/** What became of one result, in plain words. */
export function FateBadge({ fate }: { fate: Shown }) {
  const t = useTranslations("volunteer.fate");
  const { tone, Icon } = LOOKS[fate];
  return (
    <Badge tone={tone} title={t(`${fate}.hint`)}>
      <Icon aria-hidden="true" />
      {t(`${fate}.name`)}
    </Badge>
  );
}
