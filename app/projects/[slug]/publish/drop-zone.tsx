"use client";

import { FileArchive, FolderOpen, Upload } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ComponentProps, type ReactNode, useId, useState } from "react";
import { type DroppedFile, filesOfDrop, filesOfInput } from "../../../../worker/page/open-package.ts";
import { Button } from "../../../components/ui/button.tsx";
import { cn } from "../../../lib/cn.ts";

type OnChoose = (files: DroppedFile[] | Promise<DroppedFile[]>) => void;

/** A place to drop a folder or a zip on, with two buttons that do the same for a keyboard and a phone. */
export function DropZone({ onChoose }: { onChoose: OnChoose }) {
  const t = useTranslations("publish.choose");
  const [isOver, setOver] = useState(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping needs a pointer; the buttons within do the same
    <div
      data-testid="drop-zone"
      className={cn(
        "mt-4 flex flex-col items-center gap-4 rounded-xl border-2 border-dashed px-4 py-8 text-center",
        isOver ? "border-accent bg-accent-soft" : "border-muted",
      )}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        onChoose(filesOfDrop(event.dataTransfer.items));
      }}
    >
      <Upload aria-hidden="true" className="size-8 text-muted" />
      <p className="text-pretty">{t("drop")}</p>
      <div className="flex flex-wrap justify-center gap-3">
        <Picker
          onChoose={onChoose}
          // React does not know this attribute; browsers do.
          input={{ webkitdirectory: "" } as ComponentProps<"input">}
          icon={<FolderOpen aria-hidden="true" />}
          label={t("folder")}
        />
        <Picker
          onChoose={onChoose}
          input={{ accept: ".zip,application/zip" }}
          icon={<FileArchive aria-hidden="true" />}
          label={t("zip")}
        />
      </div>
    </div>
  );
}

function Picker(props: { label: string; icon: ReactNode; input: ComponentProps<"input">; onChoose: OnChoose }) {
  const { label, icon, input, onChoose } = props;
  const id = useId();
  return (
    <Button asChild variant="outline">
      <label htmlFor={id} className="cursor-pointer focus-within:outline-2 focus-within:outline-accent">
        {icon}
        {label}
        <input
          {...input}
          id={id}
          type="file"
          className="sr-only"
          onChange={({ target }) => {
            const files = target.files === null ? [] : filesOfInput(target.files);
            // The same folder again, corrected, must be a change.
            target.value = "";
            if (files.length > 0) onChoose(files);
          }}
        />
      </label>
    </Button>
  );
}
