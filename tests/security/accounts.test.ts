import { describe, expect, test } from "vitest";
import { withAccountsSite } from "../support/accounts-site.ts";

/** Accounts attacked from outside: guessing, asking who is here, other sites' pages, stolen and old sessions. */

const site = withAccountsSite();
const PASSWORD = "correct horse battery";
let count = 0;
function address(): string {
  count += 1;
  return `person${count}@example.org`;
}

describe("signing up", () => {
  test("an account begins with the link that only the owner of the address gets", async () => {
    const email = address();
    const browser = site.browser({ "accept-language": "de" });
    await browser.call("account.signUp", { email: email.toUpperCase() });
    expect((await browser.signIn(email, PASSWORD)).status).toBe(401);
    expect((await site.mailTo(email))?.subject).toBe("Dein Konto bei Quorate");
    const token = await site.linkToken(email);
    const short = await browser.mutate("account.finishSignUp", { token, password: "short" });
    expect(short.status).toBe(400);
    expect(await browser.call("account.finishSignUp", { token, password: PASSWORD })).toEqual({ email });
    expect((await browser.signIn(email, PASSWORD)).status).toBe(200);
    // Once.
    const again = await browser.mutate("account.finishSignUp", { token, password: "another password" });
    expect([again.status, again.text]).toEqual([400, expect.stringContaining("used already")]);
  });

  test("the answer is the same whether an address has an account or not, and its owner is told", async () => {
    const [known, unknown] = [address(), address()];
    await site.signUp(known);
    const browser = site.browser();
    const answers = [];
    for (const email of [known, unknown]) answers.push((await browser.mutate("account.signUp", { email })).text);
    expect(answers[0]).toBe(answers[1]);
    expect((await site.mailTo(known))?.text).toMatch(/There is one already/);
    expect((await site.mailTo(unknown))?.text).toMatch(/\/sign-in\/finish#/);
    const resets = [];
    for (const email of [known, address()]) {
      resets.push((await browser.post("/api/auth/request-password-reset", { email })).text);
    }
    expect(resets[0]).toBe(resets[1]);
    const wrong = [];
    for (const email of [known, address()]) {
      const answer = await browser.signIn(email, "not the password");
      wrong.push(`${answer.status} ${answer.text}`);
    }
    expect(wrong[0]).toBe(wrong[1]);
  });

  test("signing in with an unknown address costs the work of a wrong password", async () => {
    const known = address();
    await site.signUp(known);
    const browser = site.browser();
    const took = async (email: string) => {
      const began = process.cpuUsage();
      await browser.signIn(email, "not the password");
      return process.cpuUsage(began).user;
    };
    const [right, wrong] = [await took(known), await took(address())];
    // Hashing takes tens of milliseconds; without it the answer would cost a hundredth of that.
    expect(wrong).toBeGreaterThan(right / 5);
  });

  test("the library's own addresses for what is done otherwise are not there", async () => {
    const browser = site.browser();
    for (const path of [
      "sign-up/email",
      "update-user",
      "delete-user",
      "list-sessions",
      "unlink-account",
      "get-access-token",
    ]) {
      expect((await browser.post(`/api/auth/${path}`, {})).status, path).toBe(404);
    }
  });
});

describe("guessing", () => {
  test("after ten wrong passwords for one address nothing is tried any more, whether there is an account or not", async () => {
    const known = address();
    await site.signUp(known);
    for (const email of [known, address()]) {
      const browser = site.browser();
      const answers: number[] = [];
      for (let attempt = 0; attempt < 11; attempt += 1)
        answers.push((await browser.signIn(email, "wrong wrong wrong")).status);
      expect(answers).toEqual([...Array<number>(10).fill(401), 429]);
      const last = await browser.signIn(email, PASSWORD);
      expect([last.status, last.headers.get("retry-after")]).toEqual([429, expect.stringMatching(/^\d+$/)]);
    }
  });

  test("a form, in which nobody looks for the address to count for, is not read", async () => {
    const email = address();
    await site.signUp(email);
    for (const type of ["application/x-www-form-urlencoded", "text/plain", ""]) {
      const answer = await site.browser().fetch("/api/auth/sign-in/email", {
        method: "POST",
        body: new TextEncoder().encode(String(new URLSearchParams({ email, password: PASSWORD }))),
        headers: { "content-type": type },
      });
      expect([answer.status, answer.headers.getSetCookie()], type).toEqual([415, []]);
    }
  });

  test("nobody's mailbox is filled", async () => {
    const email = address();
    const answers: number[] = [];
    for (let attempt = 0; attempt < 6; attempt += 1) {
      answers.push((await site.browser().mutate("account.signUp", { email })).status);
    }
    expect(answers).toEqual([200, 200, 200, 200, 200, 429]);
  });
});

describe("other sites' pages", () => {
  test("cannot use the cookie of a browser that is signed in, nor sign it in", async () => {
    const email = address();
    const browser = await site.signUp(email);
    const foreign = [
      { "sec-fetch-site": "cross-site", origin: "https://evil.example" },
      { "sec-fetch-site": "same-site", origin: "http://other.localhost" },
      { origin: "https://evil.example" },
      { origin: "null" },
    ];
    for (const headers of foreign) {
      expect((await browser.mutate("account.makeLinkCode", undefined, headers)).status).toBe(403);
      expect((await browser.mutate("account.attachDevice", undefined, headers)).status).toBe(403);
      expect((await browser.post("/api/auth/sign-out", {}, headers)).status).toBe(403);
      const login = await site.browser().post("/api/auth/sign-in/email", { email, password: PASSWORD }, headers);
      expect([login.status, login.headers.getSetCookie()]).toEqual([403, []]);
    }
    expect(await browser.ask("account.me")).toMatchObject({ kind: "account" });
  });

  test("the cookie is for this site's server alone: HttpOnly, SameSite=Lax; nothing leads elsewhere", async () => {
    const browser = await site.signUp(address());
    const cookie = browser.setCookies.find((line) => line.startsWith("quorate.session_token="));
    expect(cookie).toMatch(/HttpOnly/i);
    expect(cookie).toMatch(/SameSite=Lax/i);
    expect(cookie).not.toMatch(/Domain=/i);
    const away = await browser.fetch("/api/auth/verify-email?token=x&callbackURL=https://evil.example/");
    expect(away.headers.get("location") ?? "").not.toMatch(/evil/);
  });
});

describe("sessions", () => {
  test("every sign-in is a new session, whatever cookie came along", async () => {
    const email = address();
    const browser = await site.signUp(email);
    const first = browser.cookies.get("quorate.session_token");
    await browser.signIn(email, PASSWORD);
    expect(browser.cookies.get("quorate.session_token")).not.toBe(first);
    const invented = site.browser();
    invented.cookies.set("quorate.session_token", "invented.signature");
    expect(await invented.ask("account.me")).toBeNull();
  });

  test("a new password signs every other browser out; a reset all", async () => {
    const email = address();
    const [here, stolen] = [await site.signUp(email), site.browser()];
    await stolen.signIn(email, PASSWORD);
    const changed = await here.post("/api/auth/change-password", {
      currentPassword: PASSWORD,
      newPassword: "a better password",
      revokeOtherSessions: false,
    });
    expect(changed.status).toBe(200);
    expect([await here.ask("account.me"), await stolen.ask("account.me")]).toEqual([
      expect.objectContaining({ kind: "account" }),
      null,
    ]);
    await here.post("/api/auth/request-password-reset", { email });
    const token = await site.linkToken(email);
    expect(
      (await site.browser().post("/api/auth/reset-password", { token, newPassword: "the newest password" })).status,
    ).toBe(200);
    expect(await here.ask("account.me")).toBeNull();
    const reused = await site.browser().post("/api/auth/reset-password", { token, newPassword: "yet another one" });
    expect(reused.status).toBe(400);
    expect((await site.browser().signIn(email, "the newest password")).status).toBe(200);
  });

  test("are listed without what would let somebody in, ended one by one or all, and never somebody else's", async () => {
    const email = address();
    const [here, other] = [await site.signUp(email), site.browser()];
    await other.signIn(email, PASSWORD);
    type Shown = { id: string; isThis: boolean }[];
    const listed = await here.ask<Shown>("account.sessions");
    expect(listed.map((session) => session.isThis)).toEqual([true, false]);
    const secret = decodeURIComponent(other.cookies.get("quorate.session_token") ?? "").split(".")[0] ?? "";
    expect(secret.length).toBeGreaterThan(10);
    expect(JSON.stringify(listed)).not.toContain(secret);
    const stranger = await site.signUp(address());
    const id = listed[1]?.id;
    expect((await stranger.mutate("account.endSession", { id })).status).toBe(404);
    expect((await here.mutate("account.endSession", { id })).status).toBe(200);
    expect(await other.ask("account.me")).toBeNull();
    await here.call("account.endAllSessions");
    expect(await here.ask("account.me")).toBeNull();
    expect(await stranger.ask("account.me")).toMatchObject({ kind: "account" });
  });

  test("one that is too old is nobody's", async () => {
    const email = address();
    const browser = await site.signUp(email);
    await site.now.deps.pool.query(
      "update auth_session set expires_at = now() - interval '1 minute' where user_id = (select id from auth_user where email = $1)",
      [email],
    );
    expect(await browser.ask("account.me")).toBeNull();
    expect((await browser.mutate("account.makeLinkCode")).status).toBe(401);
  });
});

describe("a change of address", () => {
  test("needs the old mailbox and the new one, and tells nobody whether an address is taken", async () => {
    const [email, next, taken] = [address(), address(), address()];
    const browser = await site.signUp(email);
    await site.signUp(taken);
    const answers = [];
    for (const newEmail of [taken, next]) {
      answers.push((await browser.post("/api/auth/change-email", { newEmail, callbackURL: "/account" })).text);
    }
    expect(answers[0]).toBe(answers[1]);
    const link = (text = "") =>
      new URL(/http\S+/.exec(text)?.[0] ?? "http://missing").pathname +
      new URL(/http\S+/.exec(text)?.[0] ?? "http://missing").search;
    expect(await site.mailTo(next)).toBeUndefined();
    await browser.fetch(link((await site.mailTo(email))?.text));
    expect((await site.browser().signIn(next, PASSWORD)).status).toBe(401);
    await browser.fetch(link((await site.mailTo(next))?.text));
    expect((await site.browser().signIn(next, PASSWORD)).status).toBe(200);
    expect((await site.browser().signIn(email, PASSWORD)).status).toBe(401);
  });
});
