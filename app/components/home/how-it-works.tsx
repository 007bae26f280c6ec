import { getTranslations } from "next-intl/server";
import type { ReactNode } from "react";

const STEPS = ["one", "two", "three"] as const;
const PICTURES: Record<(typeof STEPS)[number], ReactNode> = {
  one: <OnePiece />,
  two: <SeveralPeople />,
  three: <Agreement />,
};

/** The idea of the site in three drawings. */
export async function HowItWorks() {
  const t = await getTranslations("home.how");
  return (
    <section aria-labelledby="how">
      <h2 id="how" className="text-xl font-semibold tracking-tight">
        {t("title")}
      </h2>
      <p className="mt-1 max-w-prose text-muted text-pretty">{t("lead")}</p>
      <ol className="mt-5 space-y-5">
        {STEPS.map((step) => (
          <li key={step} className="flex items-start gap-4">
            <div className="grid w-32 shrink-0 place-items-center rounded-xl bg-accent-soft px-2 py-3 sm:w-40">
              {PICTURES[step]}
            </div>
            <div>
              <h3 className="font-semibold tracking-tight">{t(`${step}.title`)}</h3>
              <p className="mt-0.5 text-sm text-muted text-pretty">{t(`${step}.text`)}</p>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Drawing({ children }: { children: ReactNode }) {
  return (
    <svg
      viewBox="0 0 240 120"
      className="w-full"
      aria-hidden="true"
      fill="none"
      stroke="var(--accent)"
      strokeWidth="2.5"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {children}
    </svg>
  );
}

/** A grid of pieces, of which one goes to a browser's window. */
function OnePiece() {
  const cells = Array.from({ length: 12 }, (_, index) => ({
    x: 14 + (index % 4) * 19,
    y: 32 + Math.floor(index / 4) * 19,
  }));
  return (
    <Drawing>
      {cells.map(({ x, y }, index) => (
        <rect
          key={`${x} ${y}`}
          x={x}
          y={y}
          width="15"
          height="15"
          rx="3"
          stroke="none"
          fill={index === 6 ? "var(--accent)" : "var(--surface)"}
        />
      ))}
      <path d="M96 60h28" strokeDasharray="1 7" />
      <path d="m118 53 8 7-8 7" />
      <Screen x={142} y={28}>
        <rect x="174" y="55" width="18" height="18" rx="4" fill="var(--accent)" stroke="none" />
      </Screen>
    </Drawing>
  );
}

/** The same piece in three windows that do not see each other. */
function SeveralPeople() {
  return (
    <Drawing>
      {[14, 88, 162].map((x) => (
        <g key={x}>
          <rect x={x} y="40" width="64" height="46" rx="7" fill="var(--surface)" />
          <path d={`M${x} 52h64`} />
          <rect x={x + 25} y="62" width="14" height="14" rx="3" fill="var(--accent)" stroke="none" />
          <circle cx={x + 32} cy="20" r="7" fill="var(--surface)" />
          <path d={`M${x + 20} 36c1-6 6-9 12-9s11 3 12 9`} />
        </g>
      ))}
      <path d="M83 22v76M157 22v76" stroke="var(--muted)" strokeWidth="1.5" strokeDasharray="3 6" />
    </Drawing>
  );
}

/** Three answers that overlap, as in the site's sign, and a tick in the middle. */
function Agreement() {
  return (
    <Drawing>
      <circle cx="120" cy="44" r="30" fill="var(--surface)" fillOpacity="0.7" />
      <circle cx="102" cy="74" r="30" fill="var(--surface)" fillOpacity="0.7" />
      <circle cx="138" cy="74" r="30" fill="var(--surface)" fillOpacity="0.7" />
      <circle cx="120" cy="64" r="14" fill="var(--good)" stroke="none" />
      <path d="m113 64 5 5 9-10" stroke="var(--surface)" strokeWidth="3" />
    </Drawing>
  );
}

function Screen({ x, y, children }: { x: number; y: number; children: ReactNode }) {
  return (
    <g>
      <rect x={x} y={y} width="82" height="64" rx="9" fill="var(--surface)" />
      <path d={`M${x} ${y + 16}h82`} />
      {[10, 18, 26].map((dot) => (
        <circle key={dot} cx={x + dot} cy={y + 8} r="1.6" fill="var(--accent)" stroke="none" />
      ))}
      {children}
    </g>
  );
}
