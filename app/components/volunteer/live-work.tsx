"use client";

import { Users } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { cobblestones } from "../../lib/units.ts";
import { Card, CardTitle } from "../ui/card.tsx";
import { Stat } from "../ui/states.tsx";
import { FateList } from "./fate-list.tsx";
import { useVolunteerState } from "./volunteer-provider.tsx";
import { WorkerCard } from "./worker-card.tsx";

/** People needed before anything can be confirmed: the quorum of the example projects. */
const PEOPLE_NEEDED = 2;

/** Everything that happens in this browser, live; drawn only once it was started. */
export function LiveWork() {
  const t = useTranslations("volunteer.live");
  const format = useFormatter();
  const state = useVolunteerState();
  if (!state || (state.phase === "off" && state.fates.length === 0)) return null;
  const alone = state.usersOnline !== null && state.usersOnline < PEOPLE_NEEDED;
  return (
    <div className="space-y-6">
      {alone ? <Alone /> : null}
      <dl className="grid grid-cols-2 gap-4 sm:grid-cols-4">
        <Stat
          label={t("credit")}
          value={format.number(cobblestones(state.credit.thisDeviceMicro), { maximumFractionDigits: 2 })}
        />
        <Stat label={t("confirmed")} value={format.number(state.credit.confirmed)} />
        <Stat label={t("beingChecked")} value={format.number(state.credit.beingChecked)} />
        <Stat label={t("peopleOnline")} value={state.usersOnline === null ? "–" : format.number(state.usersOnline)} />
      </dl>
      {state.workers.length > 0 ? (
        <section aria-label={t("now")}>
          <h2 className="mb-2 text-lg font-semibold tracking-tight">{t("now")}</h2>
          <ul className="grid gap-3 md:grid-cols-2">
            {state.workers.map((worker) => (
              <WorkerCard key={worker.id} worker={worker} />
            ))}
          </ul>
        </section>
      ) : null}
      <Card>
        <CardTitle className="mb-1">{t("last")}</CardTitle>
        <FateList fates={state.fates} />
      </Card>
    </div>
  );
}

/** Nothing can be confirmed yet, and what to do about it. */
function Alone() {
  const t = useTranslations("volunteer.live");
  // The command makes sense only for whoever runs this site on the computer in front of them.
  const isMine = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  const command = `npm run volunteer -- --as friend${location.port === "3000" ? "" : ` --url ${location.origin}`}`;
  return (
    <div className="flex gap-3 rounded-xl bg-wait-soft p-4 text-wait" role="status" data-testid="alone">
      <Users aria-hidden="true" className="mt-0.5 size-5 shrink-0" />
      <div className="min-w-0">
        <p className="font-medium">{t("aloneTitle")}</p>
        <p className="mt-1 text-sm">{t(isMine ? "aloneTextMine" : "aloneText")}</p>
        {isMine ? (
          <code className="mt-2 block w-fit max-w-full overflow-x-auto rounded-md bg-surface px-2 py-1 text-sm text-ink">
            {command}
          </code>
        ) : null}
      </div>
    </div>
  );
}
