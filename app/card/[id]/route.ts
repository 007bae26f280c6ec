import { NextResponse } from "next/server";
import { getLocale } from "next-intl/server";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { serverCaller } from "../../../server/trpc/caller.ts";
import type { PublicPerson } from "../../lib/trpc.tsx";
import { drawCard } from "./draw-card.tsx";

/** Pictures kept in memory, some 40 kB each. */
const MOST_KEPT = 200;
/** A picture may be this old, here and on its way: in seconds. */
const KEPT_SECONDS = 600;
/** Drawing one takes some tenths of a second of a processor: this many a minute, for everybody together. */
const DRAWN_PER_MINUTE = 60;

const limiter = new RateLimiterMemory({ points: DRAWN_PER_MINUTE, duration: 60 });
const kept = new Map<string, { until: number; picture: Promise<Uint8Array<ArrayBuffer>> }>();

/** The picture of a person's contribution, for links to their page; nothing for whoever did not choose to have one. */
export async function GET(_request: Request, { params }: { params: Promise<{ id: string }> }): Promise<Response> {
  const text = (await params).id;
  const id = /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
  // Asked every time: who takes their page back is not shown by an old picture.
  const person = id === null ? null : await serverCaller().credit.person({ id });
  if (person === null || id === null) return new NextResponse("There is no such picture.\n", { status: 404 });
  const locale = await getLocale();
  const key = `${person.userId} ${locale}`;
  try {
    const bytes = await (fresh(key) ?? draw(key, () => picture(person)));
    return new NextResponse(bytes, {
      headers: {
        "content-type": "image/png",
        "cache-control": `public, max-age=${KEPT_SECONDS}`,
        vary: "accept-language, cookie",
      },
    });
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    const seconds = Math.max(1, Math.ceil(error.msBeforeNext / 1000));
    return new NextResponse("Many pictures are being drawn. Try again later.\n", {
      status: 429,
      headers: { "retry-after": String(seconds) },
    });
  }
}

async function picture(person: PublicPerson): Promise<Uint8Array<ArrayBuffer>> {
  const chart = await serverCaller().credit.personChart({ id: person.userId, step: "day", split: "all" });
  return await drawCard(person, chart);
}

function fresh(key: string): Promise<Uint8Array<ArrayBuffer>> | undefined {
  const entry = kept.get(key);
  return entry !== undefined && entry.until > Date.now() ? entry.picture : undefined;
}

async function draw(key: string, make: () => Promise<Uint8Array<ArrayBuffer>>): Promise<Uint8Array<ArrayBuffer>> {
  await limiter.consume("all");
  const made = make();
  kept.delete(key);
  kept.set(key, { until: Date.now() + KEPT_SECONDS * 1000, picture: made });
  made.catch(() => kept.delete(key));
  for (const oldest of kept.keys()) {
    if (kept.size <= MOST_KEPT) break;
    kept.delete(oldest);
  }
  return await made;
}
