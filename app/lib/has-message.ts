type Messages = { has(key: string): boolean; raw(key: string): unknown };

/**
 * Whether there is a message for a word that somebody else chose, as a device does its code. `has` alone also finds what every
 * object has, like "constructor", which cannot be shown.
 */
export function hasMessage(messages: Messages, key: string): boolean {
  return messages.has(key) && typeof messages.raw(key) === "string";
}
