import type { HttpMatch } from "../../ir/xds.ts";

/**
 * The path to which a browser sends the cookie of a session (RFC 6265, section 5.1.4): what all paths of a match have in common,
 * in whole segments. For a regular expression: the segments before the first with a special character.
 */
export function cookiePath({ type, value }: HttpMatch["path"]): string {
  if (type !== "regex") return value;
  const segments = value.split("/").slice(1);
  const special = segments.findIndex((segment) => /[\\^$.*+?()[\]{}|]/.test(segment));
  // A `|` makes an alternative of all that stands before it.
  if (!value.startsWith("/") || value.includes("|")) return "/";
  return `/${segments.slice(0, special < 0 ? segments.length : special).join("/")}`;
}
