/**
 * Sentences of the server that volunteers may see, by the key of their translation. tests/rules/sentences.test.ts fails
 * when the server does not say one of them any more.
 */
export const KNOWN_SENTENCES = [
  { key: "sessionOver", pattern: /^The session has run out or was never opened/ },
  { key: "deviceUnknown", pattern: /^This browser's identity is not known here/ },
  { key: "manyFromNetwork", pattern: /^Many new volunteers came from your network/ },
  { key: "callsTooOften", pattern: /^This device calls too often/ },
  { key: "nameTooLong", pattern: /^A name has at most (?<most>\d+) characters\.$/ },
  { key: "nameInvisible", pattern: /^A name cannot contain invisible or control characters\.$/ },
  { key: "nameMarks", pattern: /^A name cannot stack more than two marks on a letter\.$/ },
  { key: "reportEmpty", pattern: /^Write what is wrong with the project\.$/ },
  { key: "reportEmail", pattern: /^This is not an e-mail address\. Correct it/ },
  { key: "reportsNetwork", pattern: /^Several reports came from your network/ },
  { key: "reportsMany", pattern: /^Many people have reported this project today/ },
  { key: "signInFirst", pattern: /^Sign in first\.$/ },
  { key: "otherSite", pattern: /^This came from another site\.$/ },
] as const satisfies readonly { key: string; pattern: RegExp }[];
