"use client";

import { useFormatter, useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import {
  type Doubtful,
  WHAT_IF_POLICIES,
  type WhatIf,
  type WhatIfPolicy,
  whatIf,
} from "../../../server/core/simulator/what-if.ts";
import { Card } from "../../components/ui/card.tsx";
import { Slider } from "../../components/ui/slider.tsx";

const KINDS = ["faulty", "lying", "colluding"] as const satisfies readonly (keyof Doubtful)[];
/** Three times this is less than all. */
const MOST_PERCENT = 30;
const MOST_EXECUTIONS = 5;

type Found = Partial<Record<WhatIfPolicy, WhatIf>>;

/** Volunteers of one's choice, and what each policy lets through and costs among them. */
export function Simulator() {
  const t = useTranslations("docsSimulator");
  const [percents, setPercents] = useState<Doubtful>({ faulty: 10, lying: 5, colluding: 5 });
  const found = useSimulation(percents);
  const isDone = WHAT_IF_POLICIES.every((policy) => found[policy] !== undefined);
  return (
    <Card className="mt-3">
      <h3 className="font-semibold">{t("title")}</h3>
      <p className="mt-1 max-w-prose text-sm text-muted text-pretty">{t("text")}</p>
      <div className="mt-4 grid gap-x-8 gap-y-2 lg:grid-cols-3">
        {KINDS.map((kind) => (
          <div key={kind}>
            <p className="text-sm font-medium">{t(kind)}</p>
            <Slider
              label={t(kind)}
              value={percents[kind]}
              min={0}
              max={MOST_PERCENT}
              step={1}
              words={(value) => t("percent", { value })}
              onChange={(value) => setPercents({ ...percents, [kind]: value })}
            />
          </div>
        ))}
      </div>
      <ul className="mt-4 divide-y border-t" data-testid="what-if" data-done={isDone} aria-busy={!isDone}>
        {WHAT_IF_POLICIES.map((policy) => (
          <PolicyRow key={policy} name={t(`policy.${policy}`)} found={found[policy]} policy={policy} />
        ))}
      </ul>
      <p role="status" className="mt-2 text-sm text-muted">
        {isDone ? t("done") : t("working")}
      </p>
    </Card>
  );
}

/** One policy after the other, so that sliders and scrolling go on in between. */
function useSimulation(percents: Doubtful): Found {
  const [state, setState] = useState<{ of: Doubtful; found: Found }>({ of: percents, found: {} });
  useEffect(() => {
    let timer = 0;
    const shares = { faulty: percents.faulty / 100, lying: percents.lying / 100, colluding: percents.colluding / 100 };
    let found: Found = {};
    const simulateFrom = (index: number) => {
      const policy = WHAT_IF_POLICIES[index];
      if (policy === undefined) return;
      found = { ...found, [policy]: whatIf(policy, shares) };
      setState({ of: percents, found });
      timer = window.setTimeout(simulateFrom, 0, index + 1);
    };
    timer = window.setTimeout(simulateFrom, 0, 0);
    return () => window.clearTimeout(timer);
  }, [percents]);
  return state.of === percents ? state.found : {};
}

type RowProps = { name: string; policy: WhatIfPolicy; found: WhatIf | undefined };

function PolicyRow({ name, policy, found }: RowProps) {
  const t = useTranslations("docsSimulator");
  const format = useFormatter();
  const number = (value: number | undefined, maximumFractionDigits: number) =>
    value === undefined ? "–" : format.number(value, { maximumFractionDigits });
  // Square roots: one wrong result of a thousand is still seen beside two hundred.
  const wrong = Math.sqrt((found?.wrongPerThousand ?? 0) / 1_000);
  const executions = (found?.executions ?? 0) / MOST_EXECUTIONS;
  const failed = found === undefined ? 0 : found.failedPerThousand;
  return (
    <li className="grid gap-x-8 gap-y-2 py-3 md:grid-cols-[1fr_1fr_1fr]" data-testid={`what-if-${policy}`}>
      <p className="font-medium text-pretty md:self-center">{name}</p>
      <Bar label={t("wrong")} share={wrong} value={number(found?.wrongPerThousand, 1)} color="bg-bad" />
      <div>
        <Bar label={t("executions")} share={executions} value={number(found?.executions, 2)} color="bg-accent" />
        {failed === 0 ? null : <p className="mt-1 text-sm text-wait">{t("failed", { value: number(failed, 1) })}</p>}
      </div>
    </li>
  );
}

type BarProps = { label: string; share: number; value: string; color: string };

function Bar({ label, share, value, color }: BarProps) {
  return (
    <div>
      <p className="flex justify-between gap-3 text-sm">
        <span className="text-muted">{label}</span>
        <span className="font-medium tabular-nums">{value}</span>
      </p>
      <div aria-hidden="true" className="mt-1 h-2 overflow-hidden rounded-full bg-line">
        <div className={`h-full rounded-full ${color}`} style={{ width: `${100 * Math.min(1, share)}%` }} />
      </div>
    </div>
  );
}
