/** The server's clock in whole seconds since 1970; read at the edge only, use cases take the time as an argument. */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
