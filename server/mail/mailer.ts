import { createTransport } from "nodemailer";
import type { Services } from "../services.ts";

export type Mail = { to: string; subject: string; text: string };

export type Mailer = {
  /** Sends in the background: nobody waits for it, and how long it takes tells nobody anything. A failure is logged. */
  send(mail: Mail): void;
  /** Sends now. Rejects when it could not be sent: for those who try again. */
  deliver(mail: Mail): Promise<void>;
  /** Resolves when everything sent so far is out, or has failed. */
  settled(): Promise<void>;
};

const mailers = new WeakMap<Services, Mailer>();

/** The mailer of this process: a mail server where SMTP_URL names one, else the log. */
export function mailerOf(services: Services): Mailer {
  let mailer = mailers.get(services);
  if (mailer === undefined) {
    mailer = createMailer(services);
    mailers.set(services, mailer);
  }
  return mailer;
}

function createMailer({ settings, log }: Pick<Services, "settings" | "log">): Mailer {
  const underWay = new Set<Promise<void>>();
  const deliver = settings.SMTP_URL === undefined ? toLog(log) : toServer(settings.SMTP_URL, settings.MAIL_FROM);
  return {
    deliver,
    send(mail) {
      const sent = deliver(mail).catch((error: unknown) => log.error({ err: error }, "a mail could not be sent"));
      underWay.add(sent);
      void sent.finally(() => underWay.delete(sent));
    },
    async settled() {
      await Promise.all(underWay);
    },
  };
}

function toLog(log: Services["log"]): (mail: Mail) => Promise<void> {
  return (mail) => {
    log.info({ mail }, `mail to ${mail.to}: ${mail.subject}\n${mail.text}`);
    return Promise.resolve();
  };
}

function toServer(url: string, from: string): (mail: Mail) => Promise<void> {
  const transport = createTransport(url, { from });
  return async (mail) => {
    await transport.sendMail(mail);
  };
}
