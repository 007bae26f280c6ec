"use client";

import { useTranslations } from "next-intl";
import type { PackageFault } from "../../../../server/core/wire/package-fault.ts";
import { useFaultText } from "../../../lib/fault-text.ts";

/** What is wrong with a package, file by file: where, what, and what to do. */
export function FaultList({ faults }: { faults: readonly PackageFault[] }) {
  const t = useTranslations("publish.faults");
  const say = useFaultText();
  const files = [...new Set(faults.map(({ file }) => file))];
  return (
    <ul className="mt-4 space-y-4" data-testid="faults">
      {files.map((file) => (
        <li key={file} className="rounded-xl border border-bad p-4">
          <p className="font-mono text-sm font-medium break-all">{file}</p>
          <ul className="mt-2 space-y-3">
            {faults
              .filter((fault) => fault.file === file)
              .map((fault) => (
                <li key={`${fault.line} ${fault.column} ${fault.problem}`} className="sm:flex sm:gap-4">
                  <p className="shrink-0 text-sm text-muted tabular-nums sm:w-36">
                    {fault.line === undefined
                      ? t("wholeFile")
                      : t(fault.column === undefined ? "line" : "lineColumn", {
                          line: fault.line,
                          column: fault.column ?? 0,
                        })}
                  </p>
                  <div className="min-w-0 wrap-anywhere">
                    <p className="text-bad" lang={say.problem(fault.problem, fault.why).lang}>
                      {say.problem(fault.problem, fault.why).text}
                    </p>
                    <p className="mt-0.5 text-sm" lang={say.remedy(fault.remedy).lang}>
                      {t("remedy", { remedy: say.remedy(fault.remedy).text })}
                    </p>
                  </div>
                </li>
              ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}
