import { Button } from "./button.tsx";

type Turn = { text: string; isPossible: boolean; onTurn(): void };

/** To the page before and to the next one; what is not possible just now cannot be pressed. */
export function PageTurns({ previous, next }: { previous: Turn; next: Turn }) {
  return (
    <div className="mt-4 flex justify-between">
      {[previous, next].map(({ text, isPossible, onTurn }) => (
        <Button key={text} variant="outline" size="sm" disabled={!isPossible} onClick={onTurn}>
          {text}
        </Button>
      ))}
    </div>
  );
}

type TrailProps<Place> = {
  previous: string;
  next: string;
  /** After what each page begun so far begins; the first page after nothing. */
  trail: readonly Place[];
  /** After what the next page begins; null: there is none. */
  after: Place | null;
  onTrail(trail: Place[]): void;
};

/** Turns of pages of which each is known by what comes before it. Nothing where everything is on one page. */
export function TrailTurns<Place>({ previous, next, trail, after, onTrail }: TrailProps<Place>) {
  if (trail.length === 0 && after === null) return null;
  return (
    <PageTurns
      previous={{ text: previous, isPossible: trail.length > 0, onTurn: () => onTrail(trail.slice(0, -1)) }}
      next={{
        text: next,
        isPossible: after !== null,
        onTurn: () => after !== null && onTrail([...trail, after]),
      }}
    />
  );
}
