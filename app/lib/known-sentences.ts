/**
 * Sentences of the server that volunteers may see, by the key of their translation. tests/rules/sentences.test.ts fails
 * when the server does not say one of them any more.
 */
export const KNOWN_SENTENCES = [
  { key: "sessionOver", pattern: /^The session has run out or was never opened/ },
  { key: "deviceUnknown", pattern: /^Nobody is known by this name here/ },
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
  { key: "teamOne", pattern: /^You are in a team already\. Leave it first/ },
  { key: "teamTaken", pattern: /^There is a team whose name looks the same/ },
  { key: "teamNameShort", pattern: /^The name of a team has at least (?<least>\d+) letters or digits\.$/ },
  { key: "namePoses", pattern: /^This name could be taken for the site itself/ },
  { key: "teamByInvite", pattern: /^One joins this team with a link from its founder/ },
  { key: "teamFounderOnly", pattern: /^Only the founder of the team may do this\.$/ },
  { key: "teamHandOver", pattern: /^You founded this team\. Hand it over/ },
  { key: "teamNoMember", pattern: /^This person is not in the team\.$/ },
  { key: "teamMany", pattern: /^You have founded many teams today/ },
  { key: "teamGone", pattern: /^There is no team at this address/ },
  { key: "textLong", pattern: /^The text has at most (?<most>\d+) characters\.$/ },
  { key: "textLines", pattern: /^The text has at most (?<most>\d+) lines\.$/ },
  { key: "textInvisible", pattern: /^The text cannot contain invisible or control characters\.$/ },
  { key: "shareNeedsName", pattern: /^Choose a public name first/ },
] as const satisfies readonly { key: string; pattern: RegExp }[];
