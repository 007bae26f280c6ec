"use client";

import dynamic from "next/dynamic";
import type { ComponentType } from "react";
import type { ProjectPage } from "../../lib/trpc.tsx";
import { Loading } from "../ui/loading.tsx";

const loading = () => <Loading className="h-80" />;

/** The pictures that Quorate can draw, by the name of the app whose confirmed outputs they show. */
const PICTURES: Record<string, ComponentType<{ slug: string }>> = {
  atlas: dynamic(() => import("./atlas-map.tsx"), { ssr: false, loading }),
  align: dynamic(() => import("./align-coverage.tsx"), { ssr: false, loading }),
  ising: dynamic(() => import("./ising-curves.tsx"), { ssr: false, loading }),
  cluster: dynamic(() => import("./cluster-table.tsx"), { ssr: false, loading }),
};

/** The science of a project as pictures; nothing for apps that have none. */
export function Science({ slug, apps }: { slug: string; apps: ProjectPage["apps"] }) {
  return apps.map((app) => {
    const Picture = PICTURES[app.name];
    return Picture ? <Picture key={app.name} slug={slug} /> : null;
  });
}
