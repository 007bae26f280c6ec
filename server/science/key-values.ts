/** Parses the `key=value` lines that the bundled kernels take as input. */
export function keyValues(input: Buffer): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of input.toString("latin1").split("\n")) {
    const at = line.indexOf("=");
    if (at > 0) values.set(line.slice(0, at).trim(), line.slice(at + 1).trim());
  }
  return values;
}
