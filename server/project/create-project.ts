import * as z from "zod";
import { type AppSettings, appSettingsSchema } from "../core/wire/app-settings.ts";
import type { Deps } from "../deps.ts";
import { Refusal } from "../refusal.ts";

/** Addresses below /projects that are pages. */
const RESERVED: ReadonlySet<string> = new Set(["new", "join", "mine"]);

export const projectSchema = z.strictObject({
  slug: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,39}$/, "use lower-case letters, digits and dashes, 2 to 40 characters")
    .refine((slug) => !RESERVED.has(slug), "this word is an address of the site's own"),
  name: z.string().trim().min(1).max(80),
  summary: z.string().trim().min(1).max(400),
  description: z.string().trim().min(1).max(20_000),
  organisation: z.string().trim().min(1).max(120),
  url: z
    .url({ protocol: /^https?$/ })
    .max(300)
    .optional(),
  isPublic: z.boolean().default(true),
  /** What others may do with the results: an SPDX identifier or a sentence. */
  licence: z.string().trim().max(120).optional(),
  links: z
    .array(
      z.strictObject({
        label: z.string().trim().min(1).max(60),
        url: z.url({ protocol: /^https?$/ }).max(300),
      }),
    )
    .max(10)
    .default([]),
  /** Weight among the projects of this site. */
  share: z.number().gt(0).max(1000).default(1),
  /** Seconds that outputs are kept after assimilation; absent: for ever. */
  retentionSeconds: z.int().min(0).optional(),
});
export type ProjectInput = z.input<typeof projectSchema>;

/**
 * Creates a project that belongs to nobody and is published at once: what the server does for itself, as with the example
 * projects. A person's own: found-project.ts.
 * @throws {Refusal} `conflict` when the slug is taken.
 */
export async function createProject(
  deps: Deps,
  input: ProjectInput,
  nowSeconds: number,
): Promise<{ projectId: number }> {
  const project = parseOrRefuse(projectSchema, input, "The project");
  const taken = await deps.prisma.project.findUnique({ where: { slug: project.slug }, select: { id: true } });
  if (taken !== null) throw new Refusal("conflict", `There is a project ${project.slug} already; choose another slug.`);
  const { url, licence, retentionSeconds, ...rest } = project;
  const optional = { url: url ?? null, licence: licence || null, retentionSeconds: retentionSeconds ?? null };
  const created = await deps.prisma.project.create({
    data: { ...rest, ...optional, createdSeconds: nowSeconds },
    select: { id: true },
  });
  deps.versions.forget();
  return { projectId: Number(created.id) };
}

export const appSchema = z.strictObject({
  projectId: z.int().min(1),
  name: z.string().regex(/^[a-z][a-z0-9-]{1,39}$/, "use lower-case letters, digits and dashes, 2 to 40 characters"),
  title: z.string().trim().min(1).max(80),
  summary: z.string().trim().min(1).max(400),
  settings: appSettingsSchema.prefault({}),
});
export type AppInput = z.input<typeof appSchema>;

/**
 * Creates an app of a project. Its settings are the defaults of its workunits; they are checked for sense when workunits are
 * submitted, where everything they depend on is known.
 * @throws {Refusal}
 */
export async function createApp(
  deps: Deps,
  input: AppInput,
  nowSeconds: number,
): Promise<{ appId: number; settings: AppSettings }> {
  const app = parseOrRefuse(appSchema, input, "The app");
  const { projectId, name } = app;
  const project = await deps.prisma.project.findUnique({ where: { id: projectId }, select: { id: true } });
  if (project === null) throw new Refusal("not_found", "There is no such project.");
  const taken = await deps.prisma.app.findUnique({
    where: { projectId_name: { projectId, name } },
    select: { id: true },
  });
  if (taken !== null) throw new Refusal("conflict", `This project has an app ${name} already.`);
  const created = await deps.prisma.app.create({ data: { ...app, createdSeconds: nowSeconds }, select: { id: true } });
  deps.versions.forget();
  return { appId: Number(created.id), settings: app.settings };
}

/** Parses, or refuses with a sentence that names what is wrong and where. */
export function parseOrRefuse<S extends z.ZodType>(schema: S, input: unknown, subject: string): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.slice(0, 5).map((issue) => {
    const where = issue.path.join(".");
    return where === "" ? issue.message : `${where}: ${issue.message}`;
  });
  throw new Refusal("bad_request", `${subject} cannot be accepted: ${wrong.join("; ")}.`, { cause: parsed.error });
}
