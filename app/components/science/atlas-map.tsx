"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { type MouseEvent, useEffect, useId, useRef, useState } from "react";
import { type AtlasMap, LIVE_MS, useTRPC } from "../../lib/trpc.tsx";
import { Card, CardTitle } from "../ui/card.tsx";
import { Empty, Skeleton } from "../ui/states.tsx";

/** The map of one zoom level, drawn from reduced pictures of the confirmed tiles; it fills as they are confirmed. */
export default function AtlasPicture({ slug }: { slug: string }) {
  const t = useTranslations("atlas");
  const trpc = useTRPC();
  const id = useId();
  const [level, setLevel] = useState<number | null>(null);
  const { data } = useQuery(
    trpc.science.atlas.queryOptions({ slug, level }, { refetchInterval: LIVE_MS, placeholderData: keepPreviousData }),
  );
  if (data === undefined) return <Skeleton className="h-80" label={t("title")} />;
  return (
    <Card>
      <div className="flex flex-wrap items-end justify-between gap-3">
        <div>
          <CardTitle>{t("title")}</CardTitle>
          <p className="mt-1 text-sm text-muted">{t("text")}</p>
        </div>
        {data && data.levels.length > 0 ? (
          <label htmlFor={id} className="text-sm text-muted">
            {t("choose")}{" "}
            <select
              id={id}
              value={data.level}
              onChange={(event) => setLevel(Number(event.target.value))}
              className="h-9 rounded-lg border border-muted bg-page px-2 text-ink"
            >
              {data.levels.map((each) => (
                <option key={each.level} value={each.level}>
                  {t("level", { level: each.level })} ·{" "}
                  {t("levelProgress", { confirmed: each.confirmed, total: each.total })}
                </option>
              ))}
            </select>
          </label>
        ) : null}
      </div>
      <div className="mt-4">{data === null ? <Empty title={t("none")} /> : <MapCanvas map={data} />}</div>
    </Card>
  );
}

function MapCanvas({ map }: { map: AtlasMap }) {
  const t = useTranslations("atlas");
  const router = useRouter();
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = map.tilePixels;
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context) draw(context, map);
  }, [map]);
  const open = (event: MouseEvent<HTMLCanvasElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * map.columns);
    const row = Math.floor(((event.clientY - box.top) / box.height) * map.rows);
    const tile = map.tiles.find((each) => each.column === column && each.row === row);
    if (tile) router.push(`/workunits/${tile.workunitId}`);
  };
  return (
    <canvas
      ref={canvas}
      width={map.columns * size}
      height={map.rows * size}
      onClick={open}
      data-testid="atlas-map"
      data-tiles={map.tiles.length}
      role="img"
      aria-label={t("alt", { level: map.level, confirmed: map.tiles.length, total: map.total })}
      className="w-full cursor-pointer rounded-lg bg-sunken [image-rendering:pixelated]"
      style={{ aspectRatio: `${map.columns} / ${map.rows}` }}
    />
  );
}

function draw(context: CanvasRenderingContext2D, map: AtlasMap): void {
  const size = map.tilePixels;
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  for (const tile of map.tiles) {
    const image = context.createImageData(size, size);
    const shades = Uint8Array.from(atob(tile.shades), (character) => character.charCodeAt(0));
    for (let i = 0; i < size * size; i++) image.data.set(color(shades[i] ?? 0), i * 4);
    context.putImageData(image, tile.column * size, tile.row * size);
  }
}

/** Shade 0 is inside the set; 1..255 runs through a cyclic palette of smooth colours. */
function color(shade: number): [number, number, number, number] {
  if (shade === 0) return [12, 18, 28, 255];
  const phase = (shade / 255) * 2 * Math.PI;
  const wave = (shift: number) => Math.round(140 + 105 * Math.sin(phase * 1.5 + shift));
  return [wave(4.2), wave(5.3), wave(0.4), 255];
}
