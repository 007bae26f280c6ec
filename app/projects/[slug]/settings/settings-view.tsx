"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { type ProjectSettings, useTRPC } from "../../../lib/trpc.tsx";
import { Danger } from "./danger.tsx";
import { Details } from "./details.tsx";
import { Handlers } from "./handlers.tsx";
import { Invitations } from "./invitations.tsx";
import { Log } from "./log.tsx";
import { Members } from "./members.tsx";
import { Picture } from "./picture.tsx";
import { Programs } from "./programs.tsx";
import { Publishing } from "./publishing.tsx";
import { Storage } from "./storage.tsx";

/** What somebody may do in a project, as its settings show it. The server asks again at every call. */
export type Rights = { isMember: boolean; isAdmin: boolean; isOwner: boolean };

const RANKS = { owner: 3, admin: 2, submitter: 1 };

/** Everything of a project that its people set, in the order in which a new one needs it. */
export function SettingsView({ initial }: { initial: ProjectSettings }) {
  const t = useTranslations("projectSettings");
  const trpc = useTRPC();
  const { slug } = initial;
  const settings = useQuery(trpc.project.settings.queryOptions({ slug }, { initialData: initial })).data ?? initial;
  const { role, isOperator } = settings.me;
  const rank = isOperator ? RANKS.owner : role === null ? 0 : RANKS[role];
  const rights = { isMember: role !== null, isAdmin: rank >= RANKS.admin, isOwner: rank >= RANKS.owner };
  const sections = [
    "publishing",
    "programs",
    ...(rights.isAdmin ? ["details", "picture"] : []),
    "members",
    ...(rights.isAdmin ? ["invitations", "handlers"] : []),
    "storage",
    ...(rights.isAdmin ? ["log"] : []),
    ...(rights.isMember ? ["danger"] : []),
  ] as const;
  return (
    <div className="gap-8 lg:grid lg:grid-cols-[12rem_1fr]">
      <nav aria-label={t("sections")} className="mb-6 lg:mb-0">
        <ul className="flex flex-wrap gap-1 lg:sticky lg:top-6 lg:flex-col">
          {sections.map((section) => (
            <li key={section}>
              <a href={`#${section}`} className="block rounded-lg px-3 py-2 text-muted hover:bg-sunken hover:text-ink">
                {t(`${section}.title`)}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div className="min-w-0 space-y-6">
        <Publishing settings={settings} rights={rights} />
        <Programs slug={slug} rights={rights} />
        {rights.isAdmin ? <Details settings={settings} /> : null}
        {rights.isAdmin ? <Picture settings={settings} /> : null}
        <Members slug={slug} rights={rights} />
        {rights.isAdmin ? <Invitations slug={slug} rights={rights} /> : null}
        {rights.isAdmin ? <Handlers slug={slug} /> : null}
        <Storage settings={settings} />
        {rights.isAdmin ? <Log slug={slug} /> : null}
        {rights.isMember ? <Danger settings={settings} rights={rights} /> : null}
      </div>
    </div>
  );
}
