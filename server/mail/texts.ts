import type { Mail } from "./mailer.ts";

/** What the server writes to people, in the language of the page that asked for it. */

export type MailLanguage = "en" | "de";

type Content = Omit<Mail, "to">;

/** Puts the parts of a mail below each other. */
function letter(subject: string, ...paragraphs: string[]): Content {
  return { subject, text: `${paragraphs.join("\n\n")}\n` };
}

export const MAILS = {
  en: {
    signUp: (link: string) =>
      letter(
        "Your account at Quorate",
        "You, or somebody with your address, wants an account at Quorate. Choose a password here; the link works for one hour:",
        link,
        "If it was not you, do nothing: without this link there will be no account.",
      ),
    alreadyThere: (link: string) =>
      letter(
        "Your account at Quorate",
        "You, or somebody with your address, wants an account at Quorate. There is one already. Sign in here; if you forgot the password, ask for a new one there:",
        link,
        "If it was not you, you need not do anything.",
      ),
    reset: (link: string) =>
      letter(
        "A new password at Quorate",
        "Choose a new password here; the link works for one hour, once. Every browser will have to sign in again:",
        link,
        "If you did not ask for this, do nothing: your password stays as it is.",
      ),
    passwordChanged: (link: string) =>
      letter(
        "Your password at Quorate was changed",
        "The password of your account was changed just now, and all other browsers were signed out.",
        "If it was not you, ask for a new password at once:",
        link,
      ),
    allowNewAddress: (link: string, newAddress: string) =>
      letter(
        "Your e-mail address at Quorate",
        `Your account is to have the address ${newAddress} from now on. If that is right, open this link; then the new address gets a mail too:`,
        link,
        "If it was not you, do not open it, and change your password.",
      ),
    confirmAddress: (link: string) =>
      letter("Your e-mail address at Quorate", "Open this link, and this is the address of your account:", link),
    /** `provider`: its name; null: a passkey. */
    wayInAdded: (link: string, provider: string | null) =>
      letter(
        "A new way to sign in at Quorate",
        provider === null
          ? "A passkey was added to your account just now: it signs you in from now on."
          : `Your account was linked with one at ${provider} just now: that one signs you in too from now on.`,
        "If it was not you, take it away here, and change your password:",
        link,
      ),
    wayInRemoved: (link: string, provider: string | null) =>
      letter(
        "One way less to sign in at Quorate",
        provider === null
          ? "A passkey was taken out of your account just now: it does not sign you in any more."
          : `Your account was unlinked from the one at ${provider} just now: that one does not sign you in any more.`,
        "If it was not you, sign every browser out here, and change your password:",
        link,
      ),
  },
  de: {
    signUp: (link: string) =>
      letter(
        "Dein Konto bei Quorate",
        "Du, oder jemand mit deiner Adresse, möchte ein Konto bei Quorate. Wähle hier ein Passwort; der Link gilt eine Stunde:",
        link,
        "Wenn du das nicht warst, tu einfach nichts: Ohne diesen Link gibt es kein Konto.",
      ),
    alreadyThere: (link: string) =>
      letter(
        "Dein Konto bei Quorate",
        "Du, oder jemand mit deiner Adresse, möchte ein Konto bei Quorate. Es gibt schon eines. Hier kannst du dich anmelden und, wenn du das Passwort vergessen hast, ein neues bekommen:",
        link,
        "Wenn du das nicht warst, musst du nichts tun.",
      ),
    reset: (link: string) =>
      letter(
        "Ein neues Passwort bei Quorate",
        "Wähle hier ein neues Passwort; der Link gilt eine Stunde und nur einmal. Alle Browser müssen sich danach neu anmelden:",
        link,
        "Wenn du das nicht wolltest, tu nichts: Dein Passwort bleibt, wie es ist.",
      ),
    passwordChanged: (link: string) =>
      letter(
        "Dein Passwort bei Quorate wurde geändert",
        "Das Passwort deines Kontos wurde gerade geändert, und alle anderen Browser wurden abgemeldet.",
        "Wenn du das nicht warst, lass dir sofort ein neues Passwort geben:",
        link,
      ),
    allowNewAddress: (link: string, newAddress: string) =>
      letter(
        "Deine E-Mail-Adresse bei Quorate",
        `Dein Konto soll ab jetzt die Adresse ${newAddress} haben. Wenn das stimmt, öffne diesen Link; dann bekommt auch die neue Adresse eine Mail:`,
        link,
        "Wenn du das nicht warst, öffne ihn nicht und ändere dein Passwort.",
      ),
    confirmAddress: (link: string) =>
      letter("Deine E-Mail-Adresse bei Quorate", "Öffne diesen Link, und das ist die Adresse deines Kontos:", link),
    wayInAdded: (link: string, provider: string | null) =>
      letter(
        "Ein neuer Weg, dich bei Quorate anzumelden",
        provider === null
          ? "Zu deinem Konto ist gerade ein Passkey dazugekommen: Ab jetzt meldet er dich an."
          : `Dein Konto wurde gerade mit einem bei ${provider} verknüpft: Ab jetzt meldet dich auch das an.`,
        "Wenn du das nicht warst, nimm ihn hier wieder weg und ändere dein Passwort:",
        link,
      ),
    wayInRemoved: (link: string, provider: string | null) =>
      letter(
        "Ein Weg weniger, dich bei Quorate anzumelden",
        provider === null
          ? "Ein Passkey wurde gerade aus deinem Konto genommen: Er meldet dich nicht mehr an."
          : `Dein Konto wurde gerade von dem bei ${provider} getrennt: Das meldet dich nicht mehr an.`,
        "Wenn du das nicht warst, melde hier alle Browser ab und ändere dein Passwort:",
        link,
      ),
  },
} satisfies Record<MailLanguage, unknown>;
