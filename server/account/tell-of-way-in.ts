import { mailerOf } from "../mail/mailer.ts";
import { MAILS } from "../mail/texts.ts";
import type { Services } from "../services.ts";
import { askedFrom } from "./asked-from.ts";
import { offeredProviders } from "./providers.ts";
import type { WayIn } from "./ways-in.ts";

type Change = {
  /** The account's address. */
  to: string;
  change: "added" | "removed";
  /** Of a passkey its kind is enough. */
  way: { kind: "passkey" } | WayIn;
  /** By which it was changed. */
  request: { headers: Pick<Headers, "get"> } | undefined;
};

/** Tells the owner of an account, by mail, of a way to sign in that is new, or gone: it may have been somebody else. */
export function tellOfWayIn(services: Services, { to, change, way, request }: Change): void {
  const { language, link } = askedFrom(services.settings, request);
  const texts = MAILS[language];
  const name = way.kind === "passkey" ? null : nameOf(services, way.id);
  const content =
    change === "added" ? texts.wayInAdded(link("/account"), name) : texts.wayInRemoved(link("/account"), name);
  mailerOf(services).send({ to, ...content });
}

function nameOf({ settings }: Services, id: string): string {
  return offeredProviders(settings).find((provider) => provider.id === id)?.name ?? id;
}
