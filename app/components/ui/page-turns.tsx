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
