import { ImageResponse } from "next/og";
import { getFormatter, getTranslations } from "next-intl/server";
import { BadgePicture } from "../../credit/badge-picture.tsx";
import type { CreditChart, PublicPerson } from "../../lib/trpc.tsx";
import { cobblestones } from "../../lib/units.ts";
import { fitsTheFont } from "./font-letters.ts";

const SIZE = { width: 1200, height: 630 };
/** The site's light palette: a picture has no dark mode. */
const COLOUR = {
  page: "#fbfaf7",
  ink: "#1c2330",
  muted: "#566072",
  accent: "#0e7c86",
  soft: "#dff1f2",
  line: "#dedbd2",
};
const NAME_SIZES = [
  [14, 92],
  [24, 68],
] as const;

/** A person's contribution as a PNG of 1200 by 630. Drawn here, with the font that comes with the library: nothing is fetched. */
export async function drawCard(person: PublicPerson, chart: CreditChart): Promise<Uint8Array<ArrayBuffer>> {
  const [t, format] = await Promise.all([getTranslations("card"), getFormatter()]);
  // The library would ask a server on the internet for letters that its font lacks.
  const chosen = person.name ?? "";
  const name = fitsTheFont(chosen) ? chosen : t("volunteer", { number: person.userId });
  const number = (value: number, digits = 0) => format.number(value, { maximumFractionDigits: digits });
  const numbers = [
    [number(cobblestones(person.totalMicro), 1), t("credit")],
    [number(person.confirmedResults), t("results")],
    [number(person.recentAverage, 1), t("recent")],
    ...(person.rank === null ? [] : [[number(person.rank), t("rank")]]),
  ];
  const picture = new ImageResponse(
    <div
      style={{
        display: "flex",
        flexDirection: "column",
        justifyContent: "space-between",
        width: "100%",
        height: "100%",
        padding: "56px 64px",
        background: COLOUR.page,
        color: COLOUR.ink,
      }}
    >
      <div style={{ display: "flex", justifyContent: "space-between", alignItems: "flex-start" }}>
        <div style={{ display: "flex", flexDirection: "column", maxWidth: 900 }}>
          <div style={{ display: "flex", fontSize: 30, color: COLOUR.accent }}>{t("line")}</div>
          <div style={{ display: "flex", fontSize: sizeOf(name), lineHeight: 1.15 }}>{name}</div>
        </div>
        <Mark />
      </div>
      <Bars chart={chart} />
      <div style={{ display: "flex", justifyContent: "space-between", alignItems: "flex-end" }}>
        <div style={{ display: "flex" }}>
          {numbers.map(([value, label]) => (
            <div key={label} style={{ display: "flex", flexDirection: "column", marginRight: 52 }}>
              <div style={{ display: "flex", fontSize: 56 }}>{value}</div>
              <div style={{ display: "flex", fontSize: 26, color: COLOUR.muted }}>{label}</div>
            </div>
          ))}
        </div>
        <div style={{ display: "flex" }}>
          {person.badges
            .filter((badge) => badge.level > 0)
            .map((badge) => (
              <div key={badge.family} style={{ display: "flex", width: 84, height: 84, marginLeft: 12 }}>
                <BadgePicture badge={badge} colours={{ line: COLOUR.accent, field: COLOUR.soft }} size={84} />
              </div>
            ))}
        </div>
      </div>
    </div>,
    SIZE,
  );
  return new Uint8Array(await picture.arrayBuffer());
}

/** Credit of the last weeks, without numbers: the shape says how steady it was. */
function Bars({ chart }: { chart: CreditChart }) {
  const totals = chart.bars.map((bar) =>
    Math.max(
      0,
      bar.micro.reduce((sum, part) => sum + part, 0),
    ),
  );
  const most = Math.max(1, ...totals);
  return (
    <div style={{ display: "flex", alignItems: "flex-end", height: 150, borderBottom: `2px solid ${COLOUR.line}` }}>
      {chart.bars.map((bar, index) => (
        <div
          key={bar.startSeconds}
          style={{
            display: "flex",
            flexGrow: 1,
            marginLeft: 6,
            height: Math.round((146 * (totals[index] ?? 0)) / most),
            background: COLOUR.accent,
            borderRadius: "4px 4px 0 0",
          }}
        />
      ))}
    </div>
  );
}

/** The site's sign and name. */
function Mark() {
  return (
    <div style={{ display: "flex", alignItems: "center", fontSize: 36 }}>
      <svg width="56" height="56" viewBox="0 0 32 32" role="presentation">
        <g fill="none" stroke={COLOUR.accent} strokeWidth="2.2">
          <circle cx="16" cy="11.5" r="7.5" />
          <circle cx="11.5" cy="19.5" r="7.5" />
          <circle cx="20.5" cy="19.5" r="7.5" />
        </g>
        <circle cx="16" cy="16.8" r="2.6" fill={COLOUR.accent} />
      </svg>
      <div style={{ display: "flex", marginLeft: 14 }}>Quorate</div>
    </div>
  );
}

function sizeOf(name: string): number {
  return NAME_SIZES.find(([most]) => name.length <= most)?.[1] ?? 48;
}
