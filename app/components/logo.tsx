/** Three circles that overlap: several volunteers, one answer. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={className} aria-hidden="true" focusable="false">
      <g fill="none" stroke="var(--accent)" strokeWidth="2.2">
        <circle cx="16" cy="11.5" r="7.5" />
        <circle cx="11.5" cy="19.5" r="7.5" />
        <circle cx="20.5" cy="19.5" r="7.5" />
      </g>
      <circle cx="16" cy="16.8" r="2.6" fill="var(--accent)" />
    </svg>
  );
}
