/** The pages of the documentation, in the order of reading: folder, and key in docs.json. */
export const DOC_PAGES = ["quickstart", "api", "kernels", "redundancy", "volunteers"] as const;
export type DocPageName = (typeof DOC_PAGES)[number];
