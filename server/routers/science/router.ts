import * as z from "zod";
import { perPool } from "../../database/per-pool.ts";
import type { Pool } from "../../database/pool.ts";
import { depsOf } from "../../deps.ts";
import { requireData } from "../../project/authorise.ts";
import { addAlign, emptyAlign } from "../../science/align.ts";
import { type AtlasLevel, type AtlasPicture, addAtlas } from "../../science/atlas.ts";
import { addCluster, type ClusterPicture, PUBLISHED_MINIMA } from "../../science/cluster.ts";
import { createFold } from "../../science/confirmed-outputs.ts";
import { addIsing, type IsingPicture } from "../../science/ising.ts";
import type { Services } from "../../services.ts";
import type { Storage } from "../../storage/storage.ts";
import { readProcedure, router } from "../../trpc/init.ts";

const slug = z.object({ slug: z.string().max(60) });

/** Pictures are made of outputs: for those who may see them. */
const sciencePicture = readProcedure.input(slug).use(async ({ ctx, getRawInput, next }) => {
  await requireData(ctx.services.pool, await ctx.viewer(), slug.parse(await getRawInput()));
  return next();
});

function foldsOf(pool: Pool, storage: Storage) {
  const deps = { pool, storage };
  return {
    align: createFold(deps, { name: "align", empty: emptyAlign, add: addAlign }),
    atlas: createFold<AtlasPicture>(deps, { name: "atlas", empty: () => new Map(), add: addAtlas }),
    ising: createFold<IsingPicture>(deps, { name: "ising", empty: () => new Map(), add: addIsing }),
    cluster: createFold<ClusterPicture>(deps, { name: "cluster", empty: () => new Map(), add: addCluster }),
  };
}

const poolFolds = perPool((pool: Pool) => ({ made: null as ReturnType<typeof foldsOf> | null, pool }));

async function folds(services: Services): Promise<ReturnType<typeof foldsOf>> {
  const holder = poolFolds(services.pool);
  const { storage } = await depsOf(services);
  holder.made ??= foldsOf(services.pool, storage);
  return holder.made;
}

/** Pictures of confirmed outputs; see server/science. A project without such an app gets the empty picture. */
export const scienceRouter = router({
  align: sciencePicture.query(async ({ ctx, input }) => (await folds(ctx.services)).align.get(input.slug)),
  atlas: sciencePicture
    .input(z.object({ level: z.int().min(0).max(10_000).nullable() }))
    .query(async ({ ctx, input }) => showAtlas(await (await folds(ctx.services)).atlas.get(input.slug), input.level)),
  ising: sciencePicture.query(async ({ ctx, input }) => {
    const picture = await (await folds(ctx.services)).ising.get(input.slug);
    return { points: [...picture.values()].sort((a, b) => a.size - b.size || a.temperature - b.temperature) };
  }),
  cluster: sciencePicture.query(async ({ ctx, input }) => {
    const picture = await (await folds(ctx.services)).cluster.get(input.slug);
    const sizes = [...picture.values()].sort((a, b) => a.atoms - b.atoms);
    return { sizes: sizes.map((best) => ({ ...best, published: PUBLISHED_MINIMA.get(best.atoms) ?? null })) };
  }),
});

function showAtlas(picture: AtlasPicture, wanted: number | null) {
  const levels = [...picture.values()].sort((a, b) => a.level - b.level);
  // Without a wish: the deepest level that is well under way, else the deepest there is.
  const chosen =
    levels.find((each) => each.level === wanted) ??
    levels.findLast((each) => each.tiles.length * 2 >= each.total) ??
    levels.at(-1);
  if (chosen === undefined) return null;
  return {
    level: chosen.level,
    columns: chosen.columns,
    rows: chosen.rows,
    total: chosen.total,
    tilePixels: chosen.tilePixels,
    tiles: chosen.tiles.map((tile) => ({ ...tile, shades: Buffer.from(tile.shades).toString("base64") })),
    levels: levels.map((each: AtlasLevel) => ({
      level: each.level,
      confirmed: each.tiles.length,
      total: each.total,
    })),
  };
}
