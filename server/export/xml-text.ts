/** XML 1.0 has no way to say these, not even as a reference: most controls, halves of pairs, and two non-characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go
const UNSPEAKABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

const NAMED: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

/**
 * Text as the content of an element, in ASCII: everything else is a reference to its character, so that a reader finds the
 * same text whichever encoding it takes the file for (BOINC's own files say ISO-8859-1). What cannot be said becomes U+FFFD.
 */
export function xmlText(text: string): string {
  return text
    .toWellFormed()
    .replace(UNSPEAKABLE, "\ufffd")
    .replace(/[&<>"']/g, (character) => NAMED[character] ?? "")
    .replace(/[^\t\n\x20-\x7e]/gu, (character) => `&#${character.codePointAt(0)};`);
}

/** One element with text in it. The name is ours. */
export function element(name: string, content: string | number | bigint): string {
  return ` <${name}>${typeof content === "string" ? xmlText(content) : content}</${name}>\n`;
}
