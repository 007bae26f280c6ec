"use client";

import { NextIntlClientProvider, useLocale, useMessages } from "next-intl";
import { type ReactNode, useMemo } from "react";
import { type MessageTree, mergeMessages } from "./pick-messages.ts";

/** Adds messages to those that the page around has been given. */
export function AddMessages({ messages, children }: { messages: MessageTree; children: ReactNode }) {
  const around = useMessages() as MessageTree;
  const merged = useMemo(() => mergeMessages(around, messages), [around, messages]);
  return (
    <NextIntlClientProvider locale={useLocale()} messages={merged}>
      {children}
    </NextIntlClientProvider>
  );
}
