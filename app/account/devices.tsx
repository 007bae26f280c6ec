"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Pencil } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { type RowFocus, useRowFocus } from "../components/here/use-row-focus.ts";
import { Button } from "../components/ui/button.tsx";
import { Card, CardTitle } from "../components/ui/card.tsx";
import { ConfirmDialog } from "../components/ui/confirm-dialog.tsx";
import { Skeleton } from "../components/ui/states.tsx";
import { When } from "../components/when.tsx";
import { useTRPC } from "../lib/trpc.tsx";
import { cobblestones } from "../lib/units.ts";
import { describeAgent } from "./describe-agent.ts";
import { Field, Outcome } from "./field.tsx";
import { LinkCode } from "./link-code.tsx";

type Device = {
  id: number;
  name: string | null;
  userAgent: string | null;
  cores: number;
  lastSeenSeconds: number;
  creditMicro: number;
  isThis: boolean;
};

export function Devices({ isSignedIn }: { isSignedIn: boolean }) {
  const t = useTranslations("account.devices");
  const trpc = useTRPC();
  const devices = useQuery(trpc.account.devices.queryOptions());
  const focus = useRowFocus(devices.data?.map(({ id }) => id) ?? []);
  return (
    <Card data-testid="devices">
      <CardTitle ref={focus.heading} tabIndex={-1}>
        {t("title")}
      </CardTitle>
      {devices.data === undefined ? <Skeleton className="mt-3 h-24" label={t("title")} /> : null}
      {devices.data?.length === 0 ? <p className="mt-2 text-muted">{t("none")}</p> : null}
      <ul className="mt-3 divide-y">
        {devices.data?.map((device) => (
          <DeviceRow key={device.id} device={device} isSignedIn={isSignedIn} focus={focus} />
        ))}
      </ul>
      {isSignedIn ? <LinkCode /> : null}
    </Card>
  );
}

type RowProps = { device: Device; isSignedIn: boolean; focus: RowFocus<number> };

function DeviceRow({ device, isSignedIn, focus }: RowProps) {
  const t = useTranslations("account.devices");
  const format = useFormatter();
  const trpc = useTRPC();
  const client = useQueryClient();
  const [isNaming, setNaming] = useState(false);
  const refresh = () => client.invalidateQueries({ queryKey: trpc.account.devices.queryKey() });
  const rename = useMutation(
    trpc.account.nameDevice.mutationOptions({
      onSuccess: async () => {
        setNaming(false);
        await refresh();
      },
    }),
  );
  const remove = useMutation(trpc.account.removeDevice.mutationOptions({ onSuccess: refresh }));
  const shown = device.name ?? describeAgent(device.userAgent) ?? t("nameless", { id: device.id });
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    rename.mutate({ hostId: device.id, name: String(new FormData(event.currentTarget).get("name")) });
  };
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-3">
      <div className="min-w-0">
        <p className="truncate font-medium" dir="auto">
          {shown}
          {device.isThis ? <span className="ml-2 text-sm font-normal text-accent">{t("this")}</span> : null}
        </p>
        <p className="text-sm text-muted">
          {t("cores", { count: device.cores })} ·{" "}
          {t("credit", { credit: format.number(cobblestones(device.creditMicro), { maximumFractionDigits: 1 }) })} ·{" "}
          <When seconds={device.lastSeenSeconds} />
        </p>
      </div>
      {isSignedIn || device.isThis ? (
        <div className="flex gap-2">
          <Button
            variant="outline"
            size="sm"
            aria-expanded={isNaming}
            aria-label={t("rename", { name: shown })}
            onClick={() => setNaming(!isNaming)}
          >
            <Pencil aria-hidden="true" />
          </Button>
          {isSignedIn ? (
            <ConfirmDialog
              trigger={t("remove")}
              title={t("removeTitle", { name: shown })}
              text={t("removeText")}
              confirm={t("remove")}
              cancel={t("cancel")}
              disabled={remove.isPending}
              buttonRef={focus.button(device.id)}
              onConfirm={() => {
                focus.leaving(device.id);
                remove.mutate({ hostId: device.id });
              }}
            />
          ) : null}
        </div>
      ) : null}
      {isNaming ? (
        <form onSubmit={save} className="flex w-full items-end gap-2">
          <Field className="grow" label={t("newName")} name="name" defaultValue={device.name ?? ""} maxLength={40} />
          <Button type="submit" disabled={rename.isPending}>
            {t("save")}
          </Button>
        </form>
      ) : null}
      <Outcome error={rename.error ?? remove.error} />
    </li>
  );
}
