import type { Badge } from "../../server/core/credit/badges.ts";

/** What each family shows in its middle, on a field of 24 by 24. */
const SIGNS: Record<Badge["family"], string> = {
  credit: "M13 2 5 14h6l-1 8 9-13h-6z",
  days: "M4 6h16v14H4z M4 10h16 M8 3v5 M16 3v5 M8 14h3 M13 14h3",
  projects: "M12 3l8 4.5v9L12 21l-8-4.5v-9z M12 12l8-4.5 M12 12L4 7.5 M12 12v9",
};

const EARNED = { line: "var(--accent)", field: "var(--accent-soft)" };
const TO_COME = { line: "var(--muted)", field: "var(--sunken)" };

type Props = {
  badge: Badge;
  className?: string;
  /** Where there is no style sheet: colours and size in pixels. */
  colours?: { line: string; field: string };
  size?: number;
};

/** A medal with as many points as its level asks for; grey until it is earned. It says nothing: words stand beside it. */
export function BadgePicture({ badge, className, colours, size }: Props) {
  const { line, field } = colours ?? (badge.level > 0 ? EARNED : TO_COME);
  return (
    <svg
      viewBox="0 0 48 48"
      className={className}
      aria-hidden="true"
      focusable="false"
      opacity={badge.level > 0 ? 1 : 0.5}
      {...(size !== undefined && { width: size, height: size })}
    >
      <path d={star(4 + 2 * badge.level)} fill={field} stroke={line} strokeWidth="1.5" />
      <g
        transform="translate(12 12)"
        fill="none"
        stroke={line}
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        <path d={SIGNS[badge.family]} />
      </g>
    </svg>
  );
}

/** A star with soft points; more of them come closer to a circle. */
function star(points: number): string {
  const corners = Array.from({ length: points * 2 }, (_, index) => {
    const radius = index % 2 === 0 ? 22.5 : 19;
    const angle = (Math.PI * index) / points - Math.PI / 2;
    return `${(24 + radius * Math.cos(angle)).toFixed(2)} ${(24 + radius * Math.sin(angle)).toFixed(2)}`;
  });
  return `M${corners.join("L")}Z`;
}
