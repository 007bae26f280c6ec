import { getRequestConfig } from "next-intl/server";
import en from "../messages/en.ts";

/** Every word on a page comes from here. One language so far; a second one is a second file and a cookie. */
export default getRequestConfig(async () => ({ locale: "en", messages: en, timeZone: "UTC" }));
