/** This client's version, as the server and its logs see it: package.json's, which a test compares. */
export const CLIENT_VERSION = "0.1.0";
