"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useId, useState } from "react";
import { Button } from "../components/ui/button.tsx";
import { Card } from "../components/ui/card.tsx";
import { PageTurns } from "../components/ui/page-turns.tsx";
import { Empty } from "../components/ui/states.tsx";
import { ToggleGroup } from "../components/ui/toggle-group.tsx";
import { type Leaders, SLOW_LIVE_MS, useTRPC } from "../lib/trpc.tsx";
import { useCaller } from "../lib/use-caller.ts";
import { LeaderTable } from "./leader-table.tsx";

const PAGE = 50;
type Kind = "users" | "teams" | "devices";
type Order = "total" | "recent";
type Place = { value: number; id: number; rank: number };
/** Pages one came through, the last one open; null is the top. "me": where one stands oneself. */
type Position = { at: "pages"; trail: (Place | null)[] } | { at: "me" };

const TOP: Position = { at: "pages", trail: [null] };

type Props = { kind: Kind; atMe: boolean; initial: Leaders; projects: readonly { slug: string; name: string }[] };

/** The leaderboards: whom, in which order, of which project, and where one stands oneself. Live. */
export function Board({ kind: firstKind, atMe, initial, projects }: Props) {
  const t = useTranslations("leaderboard");
  const trpc = useTRPC();
  const id = useId();
  const ready = useCaller();
  const [kind, setKind] = useState<Kind>(firstKind);
  const [order, setOrder] = useState<Order>("total");
  const [project, setProject] = useState("");
  const [position, setPosition] = useState<Position>(atMe ? { at: "me" } : TOP);
  const board = { kind, order, ...(project !== "" && { project }) };
  const mine = useQuery(trpc.leaderboard.mine.queryOptions(board, { enabled: ready, refetchInterval: SLOW_LIVE_MS }));
  const after = position.at === "pages" ? (position.trail.at(-1) ?? null) : null;
  const isFirst = kind === firstKind && order === "total" && project === "" && after === null;
  const list = useQuery(
    trpc.leaderboard.list.queryOptions(
      { ...board, ...(after && { after }) },
      { ...(isFirst && { initialData: initial }), placeholderData: keepPreviousData, refetchInterval: SLOW_LIVE_MS },
    ),
  );
  const isAtMe = position.at === "me" && mine.data != null;
  const leaders = (isAtMe ? mine.data?.leaders : list.data) ?? [];
  const choose = <Value,>(set: (value: Value) => void) => {
    return (value: Value) => {
      set(value);
      setPosition(TOP);
    };
  };
  const last = leaders.at(-1);
  return (
    <Card>
      <div className="mb-4 flex flex-wrap items-center gap-x-5 gap-y-3">
        <ToggleGroup<Kind>
          label={t("whom")}
          value={kind}
          onChange={choose(setKind)}
          options={(["users", "teams", "devices"] as const).map((each) => [each, t(`kind.${each}`)])}
        />
        <ToggleGroup<Order>
          label={t("order")}
          value={order}
          onChange={choose(setOrder)}
          options={[
            ["total", t("orderTotal")],
            ["recent", t("orderRecent")],
          ]}
        />
        <span className="flex min-w-0 items-center gap-2">
          <label htmlFor={id} className="text-sm text-muted">
            {t("project")}
          </label>
          <select
            id={id}
            value={project}
            onChange={(event) => choose(setProject)(event.target.value)}
            className="h-9 max-w-52 min-w-0 rounded-lg border border-muted bg-page px-2 text-sm"
          >
            <option value="">{t("allProjects")}</option>
            {projects.map(({ slug, name }) => (
              <option key={slug} value={slug}>
                {name}
              </option>
            ))}
          </select>
        </span>
      </div>
      {mine.data ? (
        <p
          className="mb-4 flex flex-wrap items-center gap-3 rounded-xl bg-accent-soft px-4 py-2.5"
          data-testid="my-place"
        >
          <span>{t(`myPlace.${kind}`, { rank: mine.data.place.rank })}</span>
          <Button
            size="sm"
            variant="outline"
            aria-pressed={position.at === "me"}
            onClick={() => setPosition(position.at === "me" ? TOP : { at: "me" })}
          >
            {position.at === "me" ? t("toTop") : t("toMe")}
          </Button>
        </p>
      ) : null}
      {leaders.length === 0 && list.isSuccess ? (
        <Empty title={t(kind === "teams" ? "noneTeams" : "none")}>{t("noneText")}</Empty>
      ) : (
        <>
          <LeaderTable kind={kind} leaders={leaders} mine={mine.data?.place.id ?? null} />
          <p className="mt-3 max-w-prose text-sm text-muted">{t("recentHint")}</p>
        </>
      )}
      <PageTurns
        previous={{
          text: t("previous"),
          isPossible: position.at === "me" || position.trail.length !== 1,
          onTurn: () => setPosition(position.at === "me" ? TOP : { at: "pages", trail: position.trail.slice(0, -1) }),
        }}
        next={{
          text: t("next"),
          isPossible: leaders.length >= PAGE && last !== undefined,
          onTurn: () => {
            if (last === undefined) return;
            const from = { value: last.value, id: last.id, rank: last.rank };
            setPosition({ at: "pages", trail: [...(position.at === "pages" ? position.trail : [null]), from] });
          },
        }}
      />
    </Card>
  );
}
