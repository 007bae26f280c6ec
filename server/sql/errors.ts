/** Whether PostgreSQL refused a row because another has the same key. */
export function isUniqueViolation(error: unknown): boolean {
  return (error as { code?: unknown }).code === "23505";
}
