import { headers } from "next/headers";
import { getTranslations } from "next-intl/server";
import type { ReactNode } from "react";

const TOO_OLD = "browser-too-old";

/**
 * In words that every browser understands (ES5): shows the notice where something is missing that computing or these
 * pages need. `oklch` stands for the age of the style sheets' and scripts' features (Chrome 111, Firefox 113, Safari
 * 15.4), the bytes are a module with one SIMD instruction.
 */
const CHECK = `(function(){var ok=false;try{ok=!!window.Worker&&!!window.BigInt64Array&&!!Array.prototype.findLast
&&CSS.supports("color","oklch(0.5 0.1 200)")&&WebAssembly.validate(new Uint8Array([0,97,115,109,1,0,0,0,1,5,1,96,0,1,
123,3,2,1,0,10,10,1,8,0,65,0,253,15,253,98,11]))}catch(e){}if(!ok){var n=document.getElementById("${TOO_OLD}");
if(n){n.removeAttribute("hidden")}}})()`;

/** What the page says where it cannot compute: a browser that is too old, or scripts switched off. */
export async function CannotCompute() {
  const [t, header] = await Promise.all([getTranslations("home"), headers()]);
  return (
    <>
      <div id={TOO_OLD} hidden suppressHydrationWarning role="status">
        <Notice title={t("tooOld.title")}>{t("tooOld.text")}</Notice>
      </div>
      <script
        nonce={header.get("x-nonce") ?? undefined}
        suppressHydrationWarning
        // biome-ignore lint/security/noDangerouslySetInnerHtml: a constant of this file, and it must run without the app's scripts
        dangerouslySetInnerHTML={{ __html: CHECK }}
      />
      <noscript>
        <Notice title={t("noScript.title")}>{t("noScript.text")}</Notice>
      </noscript>
    </>
  );
}

function Notice({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="rounded-xl bg-wait-soft p-4 text-wait">
      <p className="font-medium">{title}</p>
      <p className="mt-1 text-sm">{children}</p>
    </div>
  );
}
