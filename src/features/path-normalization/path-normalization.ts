/** What is made of paths before they are matched. Source: Envoy Gateway v1.9, pathsettings_types.go. */
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import type { PathSettings } from "./schema.ts";

const part = slot<PathSettings>("path-normalization");

const actions = {
  KeepUnchanged: "KEEP_UNCHANGED",
  RejectRequest: "REJECT_REQUEST",
  UnescapeAndForward: "UNESCAPE_AND_FORWARD",
  UnescapeAndRedirect: "UNESCAPE_AND_REDIRECT",
} as const;

/** Slashes in a row, and slashes that are written in hexadecimal digits. */
export const pathNormalization: Feature = {
  name: part.name,
  listenerField: {
    httpOnly: true,
    translate: ({ path }, parts) => ({ parts: path === undefined ? parts : part.set(parts, path) }),
  },
  connectionManager(draft, _fleet, own) {
    const { disableMergeSlashes, escapedSlashesAction } = part.of(own) ?? {};
    return {
      ...draft,
      ...(disableMergeSlashes !== undefined && { mergeSlashes: !disableMergeSlashes }),
      ...(escapedSlashesAction !== undefined && { pathWithEscapedSlashesAction: actions[escapedSlashesAction] }),
    };
  },
};
