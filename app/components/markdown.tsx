import ReactMarkdown, { type Components } from "react-markdown";
import rehypeSanitize, { defaultSchema } from "rehype-sanitize";
import remarkGfm from "remark-gfm";

/**
 * What projects write, as a page may show it. HTML in it is dropped before anything is made of it; what is left is cleaned
 * once more. Links lead only to web and mail addresses, pictures become links to them: a foreign picture would tell a
 * foreign server who reads the page.
 */
const SCHEMA: typeof defaultSchema = {
  ...defaultSchema,
  tagNames: (defaultSchema.tagNames ?? []).filter((name) => !["input", "picture", "source"].includes(name)),
  protocols: { href: ["http", "https", "mailto"], src: ["http", "https"] },
};

const COMPONENTS: Components = {
  // The page has its own h1 and its cards their h2.
  h1: ({ children }) => <h3 className="mt-6 text-lg font-semibold tracking-tight first:mt-0">{children}</h3>,
  h2: ({ children }) => <h3 className="mt-6 text-lg font-semibold tracking-tight first:mt-0">{children}</h3>,
  h3: ({ children }) => <h4 className="mt-4 font-semibold">{children}</h4>,
  h4: ({ children }) => <h5 className="mt-4 font-medium">{children}</h5>,
  h5: ({ children }) => <h6 className="mt-4 font-medium">{children}</h6>,
  a: ({ href, children }) => (
    <a href={href} rel="noopener noreferrer nofollow ugc" className="text-accent underline">
      {children}
    </a>
  ),
  img: ({ src, alt }) =>
    typeof src === "string" && src !== "" ? (
      <a href={src} rel="noopener noreferrer nofollow ugc" className="text-accent underline">
        {alt || src}
      </a>
    ) : null,
  ul: ({ children }) => <ul className="list-disc space-y-1 pl-6">{children}</ul>,
  ol: ({ children }) => <ol className="list-decimal space-y-1 pl-6">{children}</ol>,
  blockquote: ({ children }) => <blockquote className="border-l-4 pl-4 text-muted">{children}</blockquote>,
  pre: ({ children }) => <pre className="overflow-x-auto rounded-lg bg-sunken p-3 text-sm">{children}</pre>,
  code: ({ children }) => <code className="rounded bg-sunken px-1 font-mono text-[0.9em]">{children}</code>,
  table: ({ children }) => (
    <div className="overflow-x-auto">
      <table className="text-left text-sm [&_td]:border-b [&_td]:py-1.5 [&_td]:pr-4 [&_th]:border-b [&_th]:py-1.5 [&_th]:pr-4">
        {children}
      </table>
    </div>
  ),
};

/** GitHub's Markdown, made safe. */
export function Markdown({ text }: { text: string }) {
  return (
    <div className="space-y-3 text-pretty wrap-anywhere">
      <ReactMarkdown
        remarkPlugins={[remarkGfm]}
        rehypePlugins={[[rehypeSanitize, SCHEMA]]}
        components={COMPONENTS}
        skipHtml
      >
        {text}
      </ReactMarkdown>
    </div>
  );
}
