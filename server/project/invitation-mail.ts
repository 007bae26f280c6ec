import type { Mail } from "../mail/mailer.ts";
import type { MailLanguage } from "../mail/texts.ts";

/** The mail that carries an invitation's link, in the language of who invites. */
export function invitationMail(
  language: MailLanguage,
  { project, from, link }: { project: string; from: string | null; link: string },
): Omit<Mail, "to"> {
  const name = (from ?? "").replaceAll(/[\r\n]+/g, " ");
  if (language === "de") {
    return {
      subject: `Einladung ins Projekt ${project}`,
      text: `${name || "Jemand"} lädt dich ein, bei Quorate im Projekt ${project} mitzuarbeiten.

Mit diesem Link nimmst du an. Er gilt sieben Tage und nur einmal:
${link}

Wenn du damit nichts anfangen kannst, tu einfach nichts.
`,
    };
  }
  return {
    subject: `Invitation to the project ${project}`,
    text: `${name || "Somebody"} invites you to work on the project ${project} at Quorate.

You accept with this link. It is good for seven days, and once:
${link}

If this means nothing to you, do nothing.
`,
  };
}
