import { getMessages } from "next-intl/server";
import type { ReactNode } from "react";
import { AddMessages } from "./add-messages.tsx";
import { type MessageTree, pickMessages } from "./pick-messages.ts";

/**
 * Sends these parts of the messages to the browser, for the client components within; what only the server renders
 * needs none. tests/rules/messages.test.ts says which parts a page lacks.
 */
export async function Messages({ parts, children }: { parts: readonly string[]; children: ReactNode }) {
  const messages = (await getMessages()) as MessageTree;
  return <AddMessages messages={pickMessages(messages, parts)}>{children}</AddMessages>;
}
