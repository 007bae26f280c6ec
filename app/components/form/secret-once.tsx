"use client";

import { Check, Copy } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "../ui/button.tsx";

/** Something that is shown this once: a token, a webhook's secret, an invitation's link. */
export function SecretOnce({ title, text, secret }: { title: string; text: string; secret: string }) {
  const t = useTranslations("secret");
  const [copied, setCopied] = useState(false);
  return (
    <div role="status" className="space-y-3 rounded-xl border border-wait bg-wait-soft p-4">
      <div>
        <p className="font-medium">{title}</p>
        <p className="text-sm text-pretty">{text}</p>
      </div>
      <p className="rounded-lg bg-page p-3 font-mono text-sm break-all select-all">{secret}</p>
      <Button
        variant="outline"
        size="sm"
        onClick={() => {
          // Without a secure context there is no clipboard; the text above can be selected.
          void navigator.clipboard?.writeText(secret).then(() => setCopied(true));
        }}
      >
        {copied ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
        {copied ? t("copied") : t("copy")}
      </Button>
    </div>
  );
}
