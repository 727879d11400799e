/** What is made of paths before they are matched. Source: Envoy Gateway v1.9, pathsettings_types.go (PathSettings). */
import type { ValueOf } from "../../api/schema/schema.ts";
import { boolean, choice, object, optional } from "../../api/schema/vocabulary.ts";

/** What is made of paths before they are matched. */
export const pathSettings = object("What is made of paths before they are matched.", {
  disableMergeSlashes: optional(boolean("Slashes in a row stay as they are; else they become one.")),
  escapedSlashesAction: optional(
    choice("What becomes of slashes that are written as %2F or %5C; UnescapeAndRedirect where left out.", [
      "KeepUnchanged",
      "RejectRequest",
      "UnescapeAndForward",
      "UnescapeAndRedirect",
    ]),
  ),
});

/** What is made of paths before they are matched. */
export type PathSettings = ValueOf<typeof pathSettings>;
